package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"banger/api"
	"banger/client/clienttest"
	"banger/internal/guestlink"
)

// offer has the world's daemon make m when asked for a VM. It gives what was asked for, and
// which deletions.
func (w *world) offer(t *testing.T, m *clienttest.Machine) (asked *api.CreateVM, deleted *atomic.Value) {
	t.Helper()
	asked, deleted = new(api.CreateVM), new(atomic.Value)
	deleted.Store("")
	w.daemon.Handle("POST /v1/vms", func(rw http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(asked); err != nil {
			t.Error(err)
		}
		started, _ := json.Marshal(api.Started{VM: m.VM, Phases: []api.Phase{{Name: "boot", Millis: 1234.5}}})
		rw.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(rw, event("progress", `{"phase":"start"}`)+event("result", string(started)))
	})
	w.daemon.Handle("DELETE /v1/vms/{ref}", func(_ http.ResponseWriter, r *http.Request) {
		deleted.Store(r.RequestURI)
	})
	w.daemon.Answer("GET /v1/vms/{ref}", m.VM)
	return asked, deleted
}

func TestRunAsksForWhatItPrints(t *testing.T) {
	w := newWorld(t)
	w.env["FROM_HERE"] = "taken along"
	asked, deleted := w.offer(t, exits(t, `{"code":42}`))
	r := w.run("run", "--rm", "--name", "web", "--memory", "512M", "--disk-size", "3GiB", "-e", "A=1 2", "-e", "FROM_HERE", "-e", "NOT_HERE", "--net", "allow=GitHub.com,host-ports=5432", "--", "echo", "a b")
	r.want(t, 42, "echo\na b\n", "spec: 2 vcpu | 512 MiB | 3G disk | debian-bookworm | emulated | net allow=github.com,host-ports=5432\n")
	want := api.CreateVM{
		Name: "web", Image: "debian-bookworm", Kernel: "debian-cloud", Engine: "auto", VCPU: 2, Memory: 512 << 20, Disk: 3 << 30, System: 8 << 30,
		Net: "allow=github.com,host-ports=5432", Rm: true, Start: true, Env: map[string]string{"A": "1 2", "FROM_HERE": "taken along"},
	}
	if got, want := toJSON(t, asked), toJSON(t, want); got != want {
		t.Errorf("asked for %s\nwant %s", got, want)
	}
	if got := deleted.Load(); got != "/v1/vms/0123456789abcdef0123456789abcdef?force=true" {
		t.Errorf("deleted by %q", got)
	}
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRunStatus is the table of exit statuses: the command's own, and those that stand for its end.
func TestRunStatus(t *testing.T) {
	for name, c := range map[string]struct {
		guest  clienttest.Guest
		status int
		words  string
	}{
		"zero":           {clienttest.Exits(`{"code":0}`), 0, ""},
		"its own":        {clienttest.Exits(`{"code":125}`), 125, ""},
		"a signal":       {clienttest.Exits(`{"signal":15}`), 143, ""},
		"its time over":  {clienttest.Exits(`{"signal":15,"timed_out":true}`), 124, "--timeout"},
		"not found":      {clienttest.Refuses(guestlink.CodeNotFound), 127, "the guest says no"},
		"not executable": {clienttest.Refuses(guestlink.CodeNotExecutable), 126, "the guest says no"},
		"refused":        {clienttest.Refuses(guestlink.CodeInvalid), 125, "the guest says no"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, line := range []string{"run --rm -- x", "run -- x", "vm exec web -- x"} {
				w := newWorld(t)
				_, deleted := w.offer(t, clienttest.NewMachine(t, c.guest))
				r := w.run(strings.Fields(line)...)
				r.want(t, c.status, r.stdout, c.words)
				if gone := deleted.Load() != ""; gone != strings.Contains(line, "--rm") {
					t.Errorf("%s: the VM was deleted: %v", line, gone)
				}
			}
		})
	}
}

func TestRunSaysThatTheVMKeepsRunning(t *testing.T) {
	w := newWorld(t)
	w.offer(t, exits(t, `{"code":0}`))
	w.run("run", "--", "true").want(t, 0, "true\n", "web keeps running; banger vm stop web stops it\n")
	if r := w.run("run", "-q", "--", "true"); r.stderr != "" {
		t.Errorf("-q says %q", r.stderr)
	}
}

func TestRunDetached(t *testing.T) {
	var detached atomic.Bool
	m := clienttest.NewMachine(t, func(conn net.Conn, x guestlink.Exec) {
		detached.Store(x.Detach)
		clienttest.Accept(conn, nil)
	})
	w := newWorld(t)
	w.offer(t, m)
	w.run("run", "-d", "--", "server").want(t, 0, "web\n")
	if !detached.Load() {
		t.Error("the command was not detached")
	}
	w.run("run", "-d").want(t, 0, "web\n")
}

func TestRunTiming(t *testing.T) {
	w := newWorld(t)
	w.offer(t, exits(t, `{"code":0}`))
	r := w.run("run", "--rm", "--timing", "--", "true")
	r.want(t, 0, "true\n")
	for _, phase := range []string{"connect\n", "create\n", "1234.5 ms    create/boot\n", "exec\n", "delete\n", "total\n"} {
		r.want(t, 0, "true\n", "ms  ", phase)
	}
}

func TestRunJSON(t *testing.T) {
	w := newWorld(t)
	w.offer(t, exits(t, `{"signal":9}`))
	r := w.run("run", "--rm", "--json", "--", "x")
	r.want(t, 137, "x\n")
	lines := strings.Split(strings.TrimSpace(r.stderr), "\n")
	for _, line := range lines {
		if err := json.Unmarshal([]byte(line), new(map[string]any)); err != nil {
			t.Errorf("%v: %s", err, line)
		}
	}
	r.want(t, 137, "x\n", `{"notice":"spec: `, `{"phase":"start"}`)
	var o outcome
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &o); err != nil {
		t.Fatalf("the last line is not how it went: %v\n%s", err, r.stderr)
	}
	if o.VM.Name != "web" || o.ExitStatus != 137 || o.Signal != 9 || !o.Deleted || len(o.Phases) < 5 {
		t.Errorf("%+v", o)
	}
	r = w.run("run", "-d", "-q", "--json")
	if err := json.Unmarshal([]byte(r.stdout), &o); err != nil || o.Deleted || r.stderr != "" {
		t.Errorf("detached: %v, %q, %q", err, r.stdout, r.stderr)
	}
}

func TestRunWhoseVMIsLost(t *testing.T) {
	var m *clienttest.Machine
	m = listens(t, func(conn net.Conn) { conn.Close(); m.End() })
	w := newWorld(t)
	_, deleted := w.offer(t, m)
	w.run("run", "--rm", "--", "x").want(t, 125, "ready\n", "went away", "the guest's kernel panicked")
	if deleted.Load() == "" {
		t.Error("--rm left the VM")
	}
}

// TestRunWhoseDaemonDies: the command's status counts, and the user is told of the VM.
func TestRunWhoseDaemonDies(t *testing.T) {
	w := newWorld(t)
	w.offer(t, listens(t, func(conn net.Conn) {
		w.daemon.Close()
		guestlink.WriteFrame(conn, guestlink.FrameExit, []byte(`{"code":3}`))
	}))
	w.run("run", "--rm", "--", "x").want(t, 3, "ready\n", "web could not be deleted", "banger vm delete -f web")
}

func TestRunWhoseReaderGoes(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	w := newWorld(t)
	_, deleted := w.offer(t, exits(t, `{"code":0}`))
	// In a process of its own: a closed standard output is what ends a program by SIGPIPE.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	banger := exec.Command(self, "run", "--rm", "-q", "--", "yes")
	banger.Env = append(os.Environ(), asBanger+"=1")
	for name, value := range w.env {
		banger.Env = append(banger.Env, name+"="+value)
	}
	var said bytes.Buffer
	banger.Stdout, banger.Stderr = writer, &said
	banger.Run()
	if status := banger.ProcessState.ExitCode(); status != 141 || said.Len() != 0 {
		t.Errorf("status %d (%v), want 141; it said %q", status, banger.ProcessState, &said)
	}
	if deleted.Load() == "" {
		t.Error("--rm left the VM")
	}
}

func TestStandardInput(t *testing.T) {
	m := clienttest.NewMachine(t, func(conn net.Conn, x guestlink.Exec) {
		clienttest.Accept(conn, nil)
		buf := make([]byte, guestlink.MaxFrame)
		for kind := guestlink.FrameStdin; kind != guestlink.FrameStdinEOF; {
			var payload []byte
			if kind, payload, _ = guestlink.ReadFrame(conn, buf); kind == guestlink.FrameStdin {
				guestlink.WriteFrame(conn, guestlink.FrameStdout, payload)
			}
		}
		guestlink.WriteFrame(conn, guestlink.FrameExit, []byte(`{}`))
	})
	w := newWorld(t)
	w.offer(t, m)
	w.stdin = strings.NewReader("in\x00\xff")
	w.run("vm", "exec", "web", "--", "cat").want(t, 0, "in\x00\xff")
}

func TestExecFlagsReachTheGuest(t *testing.T) {
	var got guestlink.Exec
	m := clienttest.NewMachine(t, func(conn net.Conn, x guestlink.Exec) {
		got = x
		clienttest.Accept(conn, nil)
		guestlink.WriteFrame(conn, guestlink.FrameExit, []byte(`{}`))
	})
	w := newWorld(t)
	w.env["TERM"] = "xterm"
	w.offer(t, m)
	w.run("vm", "exec", "-t", "-e", "A=1", "-w", "/srv", "-u", "nobody:adm", "--timeout", "90s", "web", "--", "ls", "-l").want(t, 0, "")
	want := guestlink.Exec{
		Args: []string{"ls", "-l"}, Env: []string{"TERM=xterm", "A=1"}, Dir: "/srv", User: "nobody:adm",
		TTY: true, Rows: 24, Cols: 80, Stdin: true, TimeoutMillis: 90_000,
	}
	if toJSON(t, got) != toJSON(t, want) {
		t.Errorf("the guest was asked for %s\nwant %s", toJSON(t, got), toJSON(t, want))
	}
}

func TestExecStartsAStoppedVM(t *testing.T) {
	m := exits(t, `{}`)
	w := newWorld(t)
	stopped := m.VM
	stopped.Socket, stopped.State = "", "stopped"
	w.daemon.Answer("GET /v1/vms/web", stopped)
	w.daemon.Send("POST /v1/vms/"+m.VM.ID+"/start", event("result", toJSON(t, api.Started{VM: m.VM})))
	w.run("vm", "exec", "web", "--", "true").want(t, 125, "", "web does not run: it is stopped", "banger vm start web")
	w.run("vm", "exec", "--start", "web", "--", "true").want(t, 0, "true\n")
}
