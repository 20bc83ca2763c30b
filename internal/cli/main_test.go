package cli

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/api"
	"banger/client/clienttest"
	"banger/internal/guestlink"
)

// asBanger makes this test program banger itself, for what only a process of its own shows.
const asBanger = "BANGER_TEST_AS_BANGER"

// This test program is also the program that "banger doctor" runs.
func TestMain(m *testing.M) {
	if os.Getenv(asBanger) != "" {
		os.Exit(Run(Process{
			Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
			LookupEnv: os.LookupEnv, Daemon: "/nonexistent/bangerd",
		}))
	}
	if len(os.Args) > 1 && os.Args[1] == "doctor" {
		fmt.Println(strings.Join(os.Args[1:], " "))
		fmt.Fprintln(os.Stderr, "a warning")
		os.Exit(len(os.Args))
	}
	os.Exit(m.Run())
}

// world is a place to run commands in.
type world struct {
	daemon *clienttest.Daemon // nil: none runs, and none can be started
	env    map[string]string
	stdin  io.Reader
	stdout io.Writer // nil: collected
	stderr io.Writer // nil: collected
	dir    string
	// program is the daemon's; empty: one that does not exist.
	program string
	// names is the server that this host's programs ask for names; empty: none, so that no test asks outside.
	names string
}

func newWorld(t *testing.T) *world {
	w := &world{daemon: clienttest.NewDaemon(t), stdin: strings.NewReader("")}
	p := w.daemon.Paths
	w.env = map[string]string{"BANGER_STATE_DIR": p.State, "BANGER_CACHE_DIR": p.Cache, "BANGER_RUNTIME_DIR": p.Runtime, "BANGER_CONFIG": filepath.Join(p.State, "config.toml"),
		"BANGER_VM_DEFAULTS_VCPU": "2", "BANGER_VM_DEFAULTS_MEMORY": "2G"}
	return w
}

// emptyWorld has no daemon; its folders do not exist.
func emptyWorld(t *testing.T) *world {
	dir := t.TempDir()
	return &world{dir: dir, stdin: strings.NewReader(""), env: map[string]string{
		"BANGER_STATE_DIR": dir + "/state", "BANGER_CACHE_DIR": dir + "/cache", "BANGER_RUNTIME_DIR": dir + "/run", "BANGER_CONFIG": dir + "/config.toml",
	}}
}

// result is how a command ended.
type result struct {
	status         int
	stdout, stderr string
}

func (w *world) run(args ...string) result {
	var out, errs bytes.Buffer
	p := Process{
		Args: args, Stdin: w.stdin, Stdout: &out, Stderr: &errs, Daemon: first(w.program, "/nonexistent/bangerd"),
		LookupEnv: func(name string) (string, bool) { value, ok := w.env[name]; return value, ok },
		Resolver:  resolverAt(first(w.names, "127.0.0.1:0")),
		Version:   api.Version{Version: "1.2.3", Commit: "abcdef", API: "v1"},
	}
	if w.stdout != nil {
		p.Stdout = w.stdout
	}
	if w.stderr != nil {
		p.Stderr = w.stderr
	}
	return result{Run(p), out.String(), errs.String()}
}

// want checks a result; words must all stand on standard error.
func (r result) want(t *testing.T, status int, stdout string, words ...string) {
	t.Helper()
	if r.status != status {
		t.Errorf("exit status %d, want %d\n%s", r.status, status, r.stderr)
	}
	if r.stdout != stdout {
		t.Errorf("standard output %q, want %q", r.stdout, stdout)
	}
	for _, word := range words {
		if !strings.Contains(r.stderr, word) {
			t.Errorf("standard error does not say %q:\n%s", word, r.stderr)
		}
	}
}

// event is a server-sent event.
func event(name, data string) string { return "event: " + name + "\ndata: " + data + "\n\n" }

// exits is a running VM whose commands end as the JSON of a guestlink.Exit says.
func exits(t *testing.T, exit string) *clienttest.Machine {
	return clienttest.NewMachine(t, clienttest.Exits(exit))
}

// listens is a running VM whose commands say "ready" and then are what guest does.
func listens(t *testing.T, guest func(net.Conn)) *clienttest.Machine {
	return clienttest.NewMachine(t, func(conn net.Conn, _ guestlink.Exec) {
		clienttest.Accept(conn, nil)
		guestlink.WriteFrame(conn, guestlink.FrameStdout, []byte("ready\n"))
		guest(conn)
	})
}
