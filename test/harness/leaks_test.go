package harness

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLeftFindsWhatIsLeft leaves one thing of each kind and looks for it.
func TestLeftFindsWhatIsLeft(t *testing.T) {
	if err := Adopt(); err != nil {
		t.Fatal(err)
	}
	h, err := NewHost(t.TempDir(), filepath.Join(t.TempDir(), "h"))
	if err != nil {
		t.Fatal(err)
	}
	settle = 100 * time.Millisecond
	before := Look()
	if left := before.Left(h); len(left) != 0 {
		t.Fatalf("left before anything was done: %v", left)
	}

	// A daemon as bad as can be: a session of its own, no environment, its parent gone.
	call := Call{Path: "/usr/bin/env", Args: []string{"-i", "/bin/sh", "-c", "exec setsid --fork /bin/sleep 4321 >/dev/null 2>&1"}}
	if r := call.Run(t.Context()); r.Exit != 0 || r.Err != nil {
		t.Fatalf("exit %d: %s %v", r.Exit, r.Stderr, r.Err)
	}
	if err := os.MkdirAll(filepath.Join(h.State, "vms", "forgotten"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(h.Runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(h.Runtime, "s.sock"))
	if err != nil {
		t.Fatal(err)
	}
	left := strings.Join(before.Left(h), "\n")
	for _, want := range []string{"process pid ", "/bin/sleep 4321", "vms/forgotten", "socket " + h.Runtime, "file " + h.Runtime} {
		if !strings.Contains(left, want) {
			t.Errorf("not found: %q in\n%s", want, left)
		}
	}

	listener.Close()
	for _, p := range processes() {
		if p.parent == os.Getpid() && strings.Contains(p.command, "sleep 4321") {
			syscall.Kill(p.pid, syscall.SIGKILL)
		}
	}
	if err := os.RemoveAll(filepath.Join(h.State, "vms")); err != nil {
		t.Fatal(err)
	}
	settle = 10 * time.Second
	if left := before.Left(h); len(left) != 0 {
		t.Errorf("left after everything was removed: %v", left)
	}
}

func TestCallTellsHowItEnded(t *testing.T) {
	if r := (&Call{Path: "/bin/sh", Args: []string{"-c", "echo out; echo err >&2; exit 3"}}).Run(t.Context()); r.Exit != 3 || r.Stdout != "out\n" || r.Stderr != "err\n" || r.Err != nil {
		t.Errorf("got %+v", r)
	}
	if r := (&Call{Path: "/bin/sh", Args: []string{"-c", "kill -TERM $$"}}).Run(t.Context()); r.Exit != -1 || r.Signal != syscall.SIGTERM {
		t.Errorf("got %+v", r)
	}
	if r := (&Call{Path: "/no/such/program"}).Run(t.Context()); r.Err == nil {
		t.Errorf("got %+v", r)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if r := (&Call{Path: "/bin/sleep", Args: []string{"4321"}}).Run(ctx); r.Err == nil || r.Signal != syscall.SIGKILL {
		t.Errorf("got %+v", r)
	}
}
