package e2e

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// TestShellInTheWorkspace: run PATH without a command is a login shell there, as on a machine of one's own.
func TestShellInTheWorkspace(t *testing.T) {
	r := newRepository(t)
	call := world.host.Banger(append(vmRun("--rm", "--name", "shelled"), r.dir)...)
	term := startOnTerminal(t, call, &pty.Winsize{Rows: 24, Cols: 80})
	shows := func(what, text string) {
		t.Helper()
		eventually(t, what, func() bool { return strings.Contains(term.seen.String(), text) })
	}
	// What is typed is echoed, so each answer is one that the line itself does not hold.
	term.typeIn(t, "echo in:$PWD; shopt -q login_shell && echo log''in; tput colors; echo na$(printf '\\303\\257')ve\n")
	for _, text := range []string{"in:/root/app\r", "login\r", "naïve\r"} {
		shows("the shell answers", text)
	}
	if err := pty.Setsize(term.keys, &pty.Winsize{Rows: 41, Cols: 133}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new size arrives", func() bool {
		term.typeIn(t, "stty size\n")
		return strings.Contains(term.seen.String(), "41 133")
	})
	term.typeIn(t, "sleep 4343\n")
	sleeps := func() bool { return banger(t, "vm", "exec", "shelled", "--", "pgrep", "-x", "sleep").Exit == 0 }
	eventually(t, "the command runs", sleeps)
	term.typeIn(t, "\x03")
	term.typeIn(t, "echo status:$?\n")
	shows("Ctrl-C ends the command, not the shell", "status:130")
	term.typeIn(t, "sleep 4444\n")
	eventually(t, "another command runs", sleeps)
	term.typeIn(t, "\x1a")
	term.typeIn(t, "jobs; kill %1; fg; echo jobs''done\n")
	shows("Ctrl-Z stops it", "Stopped")
	shows("and the shell goes on", "jobsdone")

	text := strings.Repeat("a line of a paste: 0123456789 äöü\n", 256<<10/38)
	term.typeIn(t, "stty -echo; cat >pasted; stty echo\n")
	term.typeIn(t, text)
	term.typeIn(t, "\x04")
	term.typeIn(t, "sha256sum pasted | cut -c 1-64; echo\n")
	shows("a paste arrives whole", fmt.Sprintf("%x", sha256.Sum256([]byte(text))))
	term.typeIn(t, "exit 9\n")
	if out := term.wait(t); out.Exit != 9 {
		t.Errorf("exit %d\n%s", out.Exit, term.seen.String())
	}
}
