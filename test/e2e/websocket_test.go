package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"banger/api"
	"banger/internal/unixsock"
)

// remote is a client that knows the framing of api's document alone.
type remote struct {
	t      *testing.T
	ctx    context.Context
	conn   *websocket.Conn
	stdout bytes.Buffer
	stderr bytes.Buffer
}

// overWebSocket begins a command in the shared guest; the query is what the command and its terminal want beside args.
func overWebSocket(t *testing.T, query string, args ...string) *remote {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	q["command"] = args
	name := guest(t)
	socket := mustJSON[api.Status](t, world.host, "daemon", "status").Socket
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return unixsock.Dial(ctx, socket) }}
	t.Cleanup(transport.CloseIdleConnections)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	conn, _, err := websocket.Dial(ctx, "ws://banger/v1/vms/"+name+"/exec?"+q.Encode(), &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport}, Subprotocols: []string{api.ExecProtocol},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return &remote{t: t, ctx: ctx, conn: conn}
}

func (r *remote) send(channel byte, data []byte) {
	if err := r.conn.Write(r.ctx, websocket.MessageBinary, append([]byte{channel}, data...)); err != nil {
		r.t.Error(err)
	}
}

// next takes a message; the status is not nil when it is that.
func (r *remote) next() *api.ExecStatus {
	r.t.Helper()
	_, data, err := r.conn.Read(r.ctx)
	if err != nil {
		r.t.Fatalf("%v; stdout %.200q, stderr %.200q", err, r.stdout.String(), r.stderr.String())
	}
	switch data[0] {
	case api.ExecStdout:
		r.stdout.Write(data[1:])
	case api.ExecStderr:
		r.stderr.Write(data[1:])
	case api.ExecError:
		var status api.ExecStatus
		if err := json.Unmarshal(data[1:], &status); err != nil {
			r.t.Fatal(err)
		}
		return &status
	}
	return nil
}

func (r *remote) until(word string) {
	r.t.Helper()
	for !strings.Contains(r.stdout.String(), word) {
		if status := r.next(); status != nil {
			r.t.Fatalf("ended with %+v after %q", status, r.stdout.String())
		}
	}
}

// end gives the exit code, or the reason when there is none.
func (r *remote) end() string {
	r.t.Helper()
	status := r.next()
	for status == nil {
		status = r.next()
	}
	var closed websocket.CloseError
	if _, _, err := r.conn.Read(r.ctx); !errors.As(err, &closed) {
		r.t.Errorf("after the status: %v", err)
	}
	if status.Status == "Success" {
		return "0"
	}
	if status.Reason != "NonZeroExitCode" {
		return status.Reason
	}
	return status.Details.Causes[0].Message
}

func TestWebSocketExec(t *testing.T) {
	for name, c := range map[string]struct {
		query          string
		args           []string
		stdout, stderr string
		end            string
	}{
		"exit status":   {"", []string{"sh", "-c", "echo out; echo err >&2; exit 7"}, "out\n", "err\n", "7"},
		"not found":     {"", []string{"no-such-command"}, "", "", "127"},
		"no executable": {"", []string{"/etc/passwd"}, "", "", "126"},
		"as somebody":   {"user=nobody&dir=/tmp&env=A=1", []string{"sh", "-c", "id -un; pwd; echo $A"}, "nobody\n/tmp\n1\n", "", "0"},
		"no such user":  {"user=no-such-user", []string{"true"}, "", "", "invalid"},
		"time limit":    {"timeout_ms=500", []string{"sleep", "600"}, "", "", "124"},
	} {
		t.Run(name, func(t *testing.T) {
			r := overWebSocket(t, c.query, c.args...)
			if end := r.end(); end != c.end || r.stdout.String() != c.stdout || r.stderr.String() != c.stderr {
				t.Errorf("%q, stdout %q, stderr %q", end, &r.stdout, &r.stderr)
			}
		})
	}
}

func TestWebSocketTerminal(t *testing.T) {
	r := overWebSocket(t, "tty=true&stdin=true&rows=11&cols=22", "bash", "--norc", "--noprofile", "-i")
	r.send(api.ExecStdin, []byte("stty size\n"))
	r.until("11 22")
	size, err := json.Marshal(api.ExecSize{Width: 80, Height: 25})
	if err != nil {
		t.Fatal(err)
	}
	r.send(api.ExecResize, size)
	r.send(api.ExecStdin, []byte("stty size\n"))
	r.until("25 80")
	r.send(api.ExecStdin, []byte("sleep 600; echo status=$?\n"))
	r.until("sleep 600")
	r.send(api.ExecStdin, []byte{3}) // Ctrl-C, as a terminal sends it
	r.until("^C")
	r.send(api.ExecStdin, []byte("exit 7\n"))
	if end := r.end(); end != "7" {
		t.Errorf("ended with %q: %q", end, &r.stdout)
	}
}

func TestWebSocketSignal(t *testing.T) {
	r := overWebSocket(t, "", "sh", "-c", "trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.1; done")
	r.until("ready")
	r.send(api.ExecSignal, []byte(`{"signal":"INT"}`))
	if end := r.end(); end != "3" || r.stdout.String() != "ready\ninterrupted\n" {
		t.Errorf("ended with %q: %q", end, &r.stdout)
	}
}

// TestWebSocketBytes sends 100 MB through a guest and compares what comes back.
func TestWebSocketBytes(t *testing.T) {
	sent := make([]byte, 100<<20)
	rand.Read(sent)
	r := overWebSocket(t, "stdin=true", "cat")
	go func() {
		for left := sent; len(left) > 0; left = left[min(len(left), 1<<20):] {
			r.send(api.ExecStdin, left[:min(len(left), 1<<20)])
		}
		r.send(api.ExecClose, []byte{api.ExecStdin})
	}()
	if end := r.end(); end != "0" || !bytes.Equal(r.stdout.Bytes(), sent) {
		t.Errorf("ended with %q; %d of %d bytes came back", end, r.stdout.Len(), len(sent))
	}
}

func TestWebSocketThatVanishes(t *testing.T) {
	quiet, loud := overWebSocket(t, "", "sh", "-c", "sleep 4343 & echo started; wait"), overWebSocket(t, "", "yes")
	quiet.until("started")
	loud.until("y")
	quiet.conn.CloseNow()
	loud.conn.CloseNow()
	eventually(t, "the commands of clients that went away end", func() bool {
		return banger(t, execArgs(t, "pgrep", "-f", "sleep 4343|^yes")...).Exit == 1
	})
}
