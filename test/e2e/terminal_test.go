package e2e

import (
	"os"
	"testing"

	"github.com/creack/pty"

	"banger/test/harness"
)

// terminal is a program that runs on a terminal of its own, and what it has shown.
type terminal struct {
	process *harness.Process
	keys    *os.File
	seen    lockedBuffer
	drained chan struct{}
}

// wait waits for the program's end, and until all that it showed has been seen.
func (term *terminal) wait(t *testing.T) harness.Result {
	t.Helper()
	r := term.process.Wait(t.Context())
	<-term.drained
	return r
}

func startOnTerminal(t *testing.T, call *harness.Call, size *pty.Winsize) *terminal {
	t.Helper()
	keys, screen, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(keys, size); err != nil {
		t.Fatal(err)
	}
	term := &terminal{keys: keys, drained: make(chan struct{})}
	call.Terminal = screen
	if term.process, err = call.With("TERM=xterm").Start(); err != nil {
		t.Fatal(err)
	}
	screen.Close()
	go func() { defer close(term.drained); term.seen.drain(keys) }()
	t.Cleanup(func() { term.wait(t); keys.Close() })
	return term
}

func (term *terminal) typeIn(t *testing.T, keys string) {
	t.Helper()
	if _, err := term.keys.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}
