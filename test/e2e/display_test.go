package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/creack/pty"

	"banger/api"
)

// TestWhatATerminalShows of a boot, a listing and a stop: lines that move and leave nothing, and states in colours.
func TestWhatATerminalShows(t *testing.T) {
	h := ownHost(t, true)
	for _, step := range []struct {
		args  []string
		moves string // what the moving line says, if there must be one
		end   string // what is there at last
	}{
		{vmRun("--no-fork", "-d", "--name", "shown"), " start shown", "\x1b[2mshown keeps running"},
		{[]string{"vm", "list"}, "", "\x1b[32mrunning\x1b[0m"},
		{[]string{"vm", "restart", "shown"}, " start shown", "shown\r\n"},
		{[]string{"vm", "show", "shwon"}, "", "\x1b[31mbanger:\x1b[0m no VM is called \"shwon\"\r\n\x1b[2mhint:\x1b[0m did you mean shown?"},
		{[]string{"vm", "stop", "--all"}, "", "shown\r\n"},
		{[]string{"vm", "list"}, "", "\x1b[2mstopped\x1b[0m"},
	} {
		term := startOnTerminal(t, h.Banger(step.args...), &pty.Winsize{Rows: 24, Cols: 90})
		term.wait(t)
		seen := term.seen.String()
		// How long it took is said before the end, if it was long; the moving line is gone in any case.
		if !strings.Contains(seen, step.moves) || !strings.Contains(seen, step.end) || step.moves != "" && !strings.Contains(seen, "\r\x1b[K") {
			t.Errorf("%v shows %q, which lacks %q or %q", step.args, seen, step.moves, step.end)
		}
	}
}

// TestProgressAsJSON: with --json every line of standard error is an object, and a boot's steps are among them.
func TestProgressAsJSON(t *testing.T) {
	r := run(t, world.host.Banger(vmRun("--no-fork", "--rm", "--json", "--name", "told", "--", "echo", "a result")...))
	if r.Exit != 0 || r.Stdout != "a result\n" {
		t.Fatalf("exit %d, printed %q\n%s", r.Exit, r.Stdout, r.Stderr)
	}
	phases := map[string]bool{}
	for line := range strings.Lines(r.Stderr) {
		var p api.Progress
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Errorf("%q: %v", line, err)
		}
		phases[p.Phase] = true
	}
	if !phases["start told"] {
		t.Errorf("no step of the boot is in\n%s", r.Stderr)
	}
}
