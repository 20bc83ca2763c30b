package daemon

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"banger/api"
	"banger/internal/problem"
)

// remote is a client of an exec WebSocket that knows nothing but the framing.
type remote struct {
	t    *testing.T
	ctx  context.Context
	conn *websocket.Conn
	out  map[byte]*bytes.Buffer // what came so far, by channel
}

// exec opens one in a VM.
func (i *instance) exec(ref string, query url.Values) *remote {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(i.t.Context(), limit)
	i.t.Cleanup(cancel)
	conn, resp, err := websocket.Dial(ctx, "ws://banger/v1/vms/"+ref+"/exec?"+query.Encode(), &websocket.DialOptions{
		HTTPClient: i.http, Subprotocols: []string{"v4.channel.k8s.io", api.ExecProtocol},
	})
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { conn.CloseNow() })
	if got := resp.Header.Get("Sec-WebSocket-Protocol"); got != api.ExecProtocol {
		i.t.Errorf("subprotocol %q", got)
	}
	return &remote{t: i.t, ctx: ctx, conn: conn, out: map[byte]*bytes.Buffer{0: {}, 1: {}, 2: {}, 3: {}}}
}

func run(args ...string) url.Values { return url.Values{"command": args} }

func with(q url.Values, more ...string) url.Values {
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		q.Add(name, value)
	}
	return q
}

func (r *remote) send(channel byte, data string) {
	r.t.Helper()
	if err := r.conn.Write(r.ctx, websocket.MessageBinary, append([]byte{channel}, data...)); err != nil {
		r.t.Fatal(err)
	}
}

// next takes one message.
func (r *remote) next() error {
	kind, data, err := r.conn.Read(r.ctx)
	if err != nil {
		return err
	}
	if kind != websocket.MessageBinary || len(data) == 0 || r.out[data[0]] == nil {
		r.t.Fatalf("a message %v %q, want a binary one on a channel", kind, data)
	}
	if r.out[api.ExecError].Len() > 0 {
		r.t.Errorf("%q comes after the status", data)
	}
	r.out[data[0]].Write(data[1:])
	return nil
}

// until reads until standard output holds text.
func (r *remote) until(text string) {
	r.t.Helper()
	for !strings.Contains(r.out[api.ExecStdout].String(), text) {
		if err := r.next(); err != nil {
			r.t.Fatalf("%v, after %q", err, r.out[api.ExecStdout])
		}
	}
}

// end reads to the end and gives the status with the WebSocket's own.
func (r *remote) end() (status api.ExecStatus, closed websocket.CloseError) {
	r.t.Helper()
	for {
		err := r.next()
		if errors.As(err, &closed) {
			break
		}
		if err != nil {
			r.t.Fatalf("no proper end: %v", err)
		}
	}
	if err := json.Unmarshal(r.out[api.ExecError].Bytes(), &status); err != nil {
		r.t.Fatalf("status %q: %v", r.out[api.ExecError], err)
	}
	return status, closed
}

func cause(s api.ExecStatus, reason string) string {
	if s.Details != nil {
		for _, c := range s.Details.Causes {
			if c.Reason == reason {
				return c.Message
			}
		}
	}
	return ""
}

func TestExecStatusTable(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("web"))
	for name, c := range map[string]struct {
		query          url.Values
		stdout, stderr string
		reason, code   string // code is the exit code
		cause          string // reason of another cause
	}{
		"success":        {run("echo", "a  b", ""), "a  b \n", "", "", "", ""},
		"exit status":    {run("sh", "-c", "echo out; echo err >&2; exit 7"), "out\n", "err\n", nonZeroExit, "7", ""},
		"signal":         {run("sh", "-c", "kill -KILL $$"), "", "", nonZeroExit, "137", causeSignal},
		"time limit":     {with(run("sleep", "600"), "timeout_ms=50"), "", "", nonZeroExit, "124", causeTimeout},
		"not found":      {run("no-such-command"), "", "", nonZeroExit, "127", causeNotFound},
		"not executable": {run("/etc/passwd"), "", "", nonZeroExit, "126", causeNoProgram},
		"no such folder": {with(run("pwd"), "dir=/no/such"), "", "", string(problem.Invalid), "", ""},
		"environment":    {with(run("sh", "-c", "echo $A$B; pwd"), "env=A=1,2", "env=B= 3", "dir=/"), "1,2 3\n/\n", "", "", "", ""},
		"no input":       {run("cat"), "", "", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := i.exec("web", c.query)
			status, closed := r.end()
			if out, errs := r.out[1].String(), r.out[2].String(); out != c.stdout || errs != c.stderr {
				t.Errorf("stdout %q, stderr %q", out, errs)
			}
			if status.Reason != c.reason || cause(status, causeExitCode) != c.code || c.cause != "" && cause(status, c.cause) == "" {
				t.Errorf("status %s", r.out[3])
			}
			if good := c.reason == ""; good != (status.Status == "Success") || good == (status.Status == "Failure") || good != (status.Message == "") {
				t.Errorf("status %s", r.out[3])
			}
			if closed.Code != websocket.StatusNormalClosure {
				t.Errorf("closed with %v", closed)
			}
		})
	}
}

func TestExecInputEndsByItsChannel(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("web"))
	r := i.exec("web", with(run("cat"), "stdin=true"))
	r.send(api.ExecStdin, "one\n")
	r.until("one\n")
	r.send(api.ExecStdin, "")
	r.conn.Write(r.ctx, websocket.MessageBinary, nil) // an empty message means nothing
	r.send(api.ExecClose, "\x01")                     // nor does the end of another channel
	r.send(api.ExecStdin, "two\n")
	r.send(api.ExecClose, "\x00")
	r.send(api.ExecStdin, "too late")
	if status, _ := r.end(); status.Status != "Success" || r.out[1].String() != "one\ntwo\n" {
		t.Errorf("%s, stdout %q", r.out[3], r.out[1])
	}
}

func TestExecTerminalAndSignals(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("web"))
	r := i.exec("web", with(run("sh", "-c", "stty size; trap 'stty size' WINCH; trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.05; done"),
		"tty=true", "stdin=true", "rows=11", "cols=22"))
	r.until("ready")
	if !strings.HasPrefix(r.out[1].String(), "11 22\r\n") {
		t.Errorf("said %q, want the size that was asked for", r.out[1])
	}
	r.send(api.ExecResize, `{"Width":80,"Height":25}`)
	r.until("25 80")
	r.send(api.ExecSignal, `{"signal":"INT"}`)
	if status, _ := r.end(); cause(status, causeExitCode) != "3" || !strings.Contains(r.out[1].String(), "interrupted") {
		t.Errorf("%s, stdout %q", r.out[3], r.out[1])
	}
}

func TestExecBrokenProtocol(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("web"))
	for name, send := range map[string]func(*remote){
		"text":            func(r *remote) { r.conn.Write(r.ctx, websocket.MessageText, []byte("hello")) },
		"unknown signal":  func(r *remote) { r.send(api.ExecSignal, `{"signal":"NONSENSE"}`) },
		"no JSON":         func(r *remote) { r.send(api.ExecResize, `80x25`) },
		"too large":       func(r *remote) { r.send(api.ExecSignal, strings.Repeat(" ", maxControl+1)) },
		"output":          func(r *remote) { r.send(api.ExecStdout, "x") },
		"unknown channel": func(r *remote) { r.send(77, "x") },
	} {
		t.Run(name, func(t *testing.T) {
			r := i.exec("web", run("sleep", "600"))
			send(r)
			status, closed := r.end()
			if closed.Code != websocket.StatusProtocolError || closed.Reason == "" || status.Reason != string(problem.Invalid) {
				t.Errorf("closed with %v, status %s", closed, r.out[3])
			}
		})
	}
	i.eventuallyIdle("web")
}

// eventuallyIdle waits until no command runs in a VM.
func (i *instance) eventuallyIdle(ref string) {
	i.t.Helper()
	i.eventually("no command runs", func() bool { return get200[api.Health](i, "/v1/vms/"+ref+"/health").Commands == 0 })
}

func TestExecClientThatVanishes(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("web"))
	for name, query := range map[string]url.Values{
		"quiet":               run("sleep", "600"),
		"endless output":      run("yes"),
		"input not taken":     with(run("sleep", "600"), "stdin=true"),
		"closed by handshake": run("sleep", "600"),
	} {
		t.Run(name, func(t *testing.T) {
			r := i.exec("web", query)
			i.eventually("it runs", func() bool { return get200[api.Health](i, "/v1/vms/web/health").Commands == 1 })
			if name == "closed by handshake" {
				go r.conn.Close(websocket.StatusGoingAway, "bye")
			} else {
				r.conn.CloseNow()
			}
			i.eventuallyIdle("web")
		})
	}
	i.eventually("no WebSocket is left", func() bool { return strings.Contains(i.metrics(), "\nbanger_exec_websockets 0\n") })
}

func (i *instance) metrics() string {
	i.t.Helper()
	_, text := i.call(http.MethodGet, "/metrics", nil)
	return text
}

func TestExecBytesThereAndBack(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("web"))
	r := i.exec("web", with(run("cat"), "stdin=true"))
	want := make([]byte, 8<<20)
	rand.Read(want)
	go func() {
		for left, size := want, 1; len(left) > 0; size *= 100 { // messages of 1 byte to 1 MB, and one of all the rest
			if size > 1<<20 {
				size = len(left)
			}
			r.conn.Write(r.ctx, websocket.MessageBinary, append([]byte{api.ExecStdin}, left[:size]...))
			left = left[size:]
		}
		r.conn.Write(r.ctx, websocket.MessageBinary, []byte{api.ExecClose, api.ExecStdin})
	}()
	if status, _ := r.end(); status.Status != "Success" || !bytes.Equal(r.out[1].Bytes(), want) {
		t.Errorf("%s; %d of %d bytes came back", r.out[3], r.out[1].Len(), len(want))
	}
}

func TestExecEndsWithTheDaemon(t *testing.T) {
	i, o := furnished(t)
	v := i.create(named("web"))
	r, stuck := i.exec("web", run("sh", "-c", "echo ready; exec sleep 600")), i.exec("web", run("yes"))
	r.until("ready")
	stuck.until("y\n") // and reads no more
	i.end()
	status, closed := r.end()
	if closed.Code != websocket.StatusGoingAway || !strings.Contains(closed.Reason, errEnding.Error()) || status.Reason != string(problem.Canceled) || cause(status, causeRemedy) == "" {
		t.Errorf("closed with %v, status %s", closed, r.out[3])
	}
	i.stop()
	again(t, o).eventuallyIdle("web")
	if got := ask(t, v); got.Guest == nil {
		t.Errorf("the machine: %+v", got)
	}
}

func TestExecMachineThatIsLost(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("web"))
	r := i.exec("web", run("sh", "-c", "echo ready; exec sleep 600"))
	r.until("ready")
	post200[api.VM](i, "/v1/vms/web/kill", nil)
	status, closed := r.end()
	if closed.Code != websocket.StatusInternalError || status.Reason != string(problem.GuestFailed) || !strings.Contains(status.Message, "it was killed") {
		t.Errorf("closed with %v, status %s", closed, r.out[3])
	}
}

func TestExecIsRefusedBeforeTheUpgrade(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("web"))
	post200[api.Started](i, "/v1/vms", small(func(c *api.CreateVM) { c.Name = "idle" }))
	i.create(named("still"))
	post200[api.VM](i, "/v1/vms/still/pause", nil)
	resp, text := i.call(http.MethodGet, "/v1/vms/still/health", nil)
	if wantProblem(t, resp, text, http.StatusConflict, problem.Conflict); !strings.Contains(text, "vm resume still") {
		t.Errorf("a paused guest's health: %s", text)
	}
	handshake := []string{
		"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13",
		"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol", api.ExecProtocol,
	}
	change := func(name, value string) []string { return append(append([]string{}, handshake...), name, value) }
	for name, c := range map[string]struct {
		path    string
		headers []string
		status  int
		code    problem.Code
	}{
		"no such VM":       {"/v1/vms/nobody/exec", handshake, 404, problem.NotFound},
		"not running":      {"/v1/vms/idle/exec", handshake, 409, problem.Conflict},
		"paused":           {"/v1/vms/still/exec", handshake, 409, problem.Conflict},
		"no subprotocol":   {"/v1/vms/web/exec", change("Sec-WebSocket-Protocol", ""), 400, problem.Invalid},
		"other protocol":   {"/v1/vms/web/exec", change("Sec-WebSocket-Protocol", "v4.channel.k8s.io"), 400, problem.Invalid},
		"from a page":      {"/v1/vms/web/exec", change("Origin", "http://banger"), 403, problem.Invalid},
		"no WebSocket":     {"/v1/vms/web/exec", []string{"Sec-WebSocket-Protocol", api.ExecProtocol}, 400, problem.Invalid},
		"old version":      {"/v1/vms/web/exec", change("Sec-WebSocket-Version", "8"), 400, problem.Invalid},
		"bad key":          {"/v1/vms/web/exec", change("Sec-WebSocket-Key", "x"), 400, problem.Invalid},
		"odd boolean":      {"/v1/vms/web/exec?tty=perhaps", handshake, 422, problem.Invalid},
		"too wide":         {"/v1/vms/web/exec?cols=65536", handshake, 422, problem.Invalid},
		"no name":          {"/v1/vms/web/exec?command=&command=x", handshake, 400, problem.Invalid},
		"negative timeout": {"/v1/vms/web/exec?timeout_ms=-1", handshake, 422, problem.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			resp, text := i.call(http.MethodGet, c.path, nil, c.headers...)
			wantProblem(t, resp, text, c.status, c.code)
		})
	}
	i.eventuallyIdle("web")
}

// A machine whose supervisor has just gone is told before the upgrade, too.
func TestExecSupervisorThatIsGone(t *testing.T) {
	i, o := furnished(t)
	v := i.create(named("web"))
	i.stop()
	status := ask(t, v)
	j := again(t, o)
	if err := status.Shim.Signal(9); err != nil {
		t.Fatal(err)
	}
	if err := status.Shim.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	resp, text := j.call(http.MethodGet, "/v1/vms/web/exec", nil, "Sec-WebSocket-Protocol", api.ExecProtocol)
	wantProblem(t, resp, text, http.StatusConflict, problem.Conflict)
}

// What a client does not read is not stored, and its signals come through all the same.
func TestExecOutputThatIsNotRead(t *testing.T) {
	i, _ := furnished(t)
	i.create(named("web"))
	r := i.exec("web", run("yes"))
	r.until("y\n")
	r.send(api.ExecSignal, `{"signal":"SIGTERM"}`)
	status, _ := r.end()
	if got := r.out[api.ExecStdout].Len(); cause(status, causeSignal) != "15" || got > 8<<20 {
		t.Errorf("%s, after %d bytes; want no more than what lies on the way", r.out[3], got)
	}
}

// A command that does not take its input makes the client wait; when that goes, it is noticed although nothing is read from it.
func TestExecInputThatIsNotTaken(t *testing.T) {
	o := testOptions(testPaths(t))
	o.ping = 5 * time.Millisecond
	furnish(t, &o)
	i := again(t, o)
	i.create(named("web"))
	r := i.exec("web", with(run("sleep", "600"), "stdin=true"))
	var sent atomic.Int64
	message := make([]byte, 1+64<<10)
	left := make(chan struct{})
	go func() {
		defer close(left)
		for r.conn.Write(r.ctx, websocket.MessageBinary, message) == nil {
			sent.Add(int64(len(message)))
		}
	}()
	// More than the guest's window, so that the daemon does not read; the rest is in the socket.
	i.eventually("enough was sent", func() bool { return sent.Load() >= 9*int64(len(message)) })
	r.conn.CloseNow()
	<-left
	if got := sent.Load(); got > 4<<20 {
		t.Errorf("%d bytes were taken that nobody wants", got)
	}
	i.eventuallyIdle("web")
}
