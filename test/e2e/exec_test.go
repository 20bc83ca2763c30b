package e2e

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"banger/test/harness"
)

func execArgs(t *testing.T, args ...string) []string {
	return append([]string{"vm", "exec", guest(t), "--"}, args...)
}

// TestExecStatus is the table of exit statuses: the command's own, and the three that stand for its end.
func TestExecStatus(t *testing.T) {
	for name, c := range map[string]struct {
		command []string
		want    int
	}{
		"zero":               {[]string{"true"}, 0},
		"its own":            {[]string{"sh", "-c", "exit 42"}, 42},
		"the largest":        {[]string{"sh", "-c", "exit 255"}, 255},
		"no such command":    {[]string{"no-such-command"}, 127},
		"no such path":       {[]string{"/no/such/path"}, 127},
		"a folder":           {[]string{"/etc"}, 126},
		"not executable":     {[]string{"/etc/passwd"}, 126},
		"ended by a signal":  {[]string{"sh", "-c", "kill -TERM $$"}, 128 + 15},
		"killed":             {[]string{"sh", "-c", "kill -KILL $$"}, 128 + 9},
		"one of banger's":    {[]string{"sh", "-c", "exit 125"}, 125},
		"an empty argument":  {[]string{"test", "-z", ""}, 0},
		"argument not split": {[]string{"test", "a b  c", "=", "a b  c"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := banger(t, execArgs(t, c.command...)...)
			if r.Exit != c.want {
				t.Errorf("%q: exit %d, want %d\n%s", c.command, r.Exit, c.want, r.Stderr)
			}
			if (c.want == 126 || c.want == 127) && !strings.Contains(r.Stderr, c.command[0]) {
				t.Errorf("%q: standard error does not name it: %q", c.command, r.Stderr)
			}
		})
	}
}

func TestExecArgumentsArriveUnchanged(t *testing.T) {
	sent := []string{"", " ", "a b", "'\"$HOME`id`\\", "new\nline", "--rm", "-x", "Grüße, 世界", "*"}
	got := inGuest(t, append([]string{"printf", "%s\\0"}, sent...)...)
	if want := strings.Join(sent, "\x00") + "\x00"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExecKeepsStreamsApart(t *testing.T) {
	r := banger(t, execArgs(t, "sh", "-c", `printf 'out\377\000'; printf 'err\376' >&2`)...)
	if r.Stdout != "out\xff\x00" || r.Stderr != "err\xfe" {
		t.Errorf("stdout %q, stderr %q", r.Stdout, r.Stderr)
	}
}

func TestExecBytesThereAndBack(t *testing.T) {
	sent := make([]byte, 16<<20)
	rand.Read(sent)
	r := run(t, world.host.Banger("vm", "exec", "-i", guest(t), "--", "cat").Input(bytes.NewReader(sent)))
	if r.Exit != 0 || !bytes.Equal([]byte(r.Stdout), sent) {
		t.Errorf("exit %d; %d of %d bytes came back, equal: %v\n%s", r.Exit, len(r.Stdout), len(sent), r.Stdout == string(sent), r.Stderr)
	}
}

func TestExecOptions(t *testing.T) {
	name := guest(t)
	r := run(t, world.host.Banger("vm", "exec", "-e", "A=1 2", "-e", "TAKEN", "-w", "/tmp", "-u", "nobody", name, "--",
		"sh", "-c", `echo "$A|$TAKEN|$PWD|$(id -un)|$HOME"`).With("TAKEN=from here"))
	if want := "1 2|from here|/tmp|nobody|/nonexistent\n"; r.Stdout != want {
		t.Errorf("got %q, want %q\n%s", r.Stdout, want, r.Stderr)
	}
	if r := banger(t, "vm", "exec", "--timeout", "500ms", name, "--", "sleep", "600"); r.Exit != 124 {
		t.Errorf("--timeout: exit %d, want 124\n%s", r.Exit, r.Stderr)
	}
	for what, args := range map[string][]string{
		"no-such-user": {"-u", "no-such-user"}, "/no/such/folder": {"-w", "/no/such/folder"},
	} {
		line := append(append([]string{"vm", "exec"}, args...), name, "--", "true")
		refused(t, world.host, 125, []string{what}, line...)
	}
}

func TestExecStandardInputEndsEarly(t *testing.T) {
	// The command does not read: writing to it must neither fail the command nor hang.
	endless := world.host.Banger("vm", "exec", "-i", guest(t), "--", "head", "-c", "5").Input(zeroes{})
	if r := run(t, endless); r.Exit != 0 || r.Stdout != strings.Repeat("\x00", 5) {
		t.Errorf("exit %d, stdout %q\n%s", r.Exit, r.Stdout, r.Stderr)
	}
	// Our input is closed at once: the command sees the end of it.
	if r := run(t, world.host.Banger("vm", "exec", "-i", guest(t), "--", "wc", "-c").Input(strings.NewReader(""))); r.Stdout != "0\n" {
		t.Errorf("stdout %q, want \"0\\n\"", r.Stdout)
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestExecEndlessOutput(t *testing.T) {
	reader, writer := io.Pipe()
	call := world.host.Banger(execArgs(t, "yes")...)
	call.Stdout = writer
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, reader, 32<<20); err != nil {
		t.Fatal(err)
	}
	p.Signal(syscall.SIGKILL)
	go io.Copy(io.Discard, reader)
	p.Wait(t.Context())
	writer.Close()
	eventually(t, "the command of a killed client ends", func() bool {
		return banger(t, execArgs(t, "pgrep", "-x", "yes")...).Exit == 1
	})
}

func TestExecProcessGroupEndsWithTheClient(t *testing.T) {
	var out lockedBuffer
	call := world.host.Banger(execArgs(t, "sh", "-c", "sleep 4242 & echo started; wait")...)
	call.Stdout = &out
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the command runs", func() bool { return strings.Contains(out.String(), "started") })
	p.Signal(syscall.SIGKILL)
	p.Wait(t.Context())
	eventually(t, "its whole process group ends", func() bool {
		return banger(t, execArgs(t, "pgrep", "-f", "sleep 4242")...).Exit == 1
	})
}

func TestExecDetached(t *testing.T) {
	must(t, world.host, "vm", "exec", "--detach", guest(t), "--", "sh", "-c", "echo word from a detached command; sleep 1; touch /tmp/detached")
	eventually(t, "it goes on by itself", func() bool { return banger(t, execArgs(t, "test", "-e", "/tmp/detached")...).Exit == 0 })
	eventually(t, "its output is in the log", func() bool {
		return strings.Contains(must(t, world.host, "vm", "logs", guest(t)), "word from a detached command")
	})
}

func TestExecTerminalResizes(t *testing.T) {
	call := world.host.Banger("vm", "exec", "-t", "-i", guest(t), "--", "sh", "-c", `trap 'stty size' WINCH; echo ready; while :; do sleep 0.1; done`)
	term := startOnTerminal(t, call, &pty.Winsize{Rows: 24, Cols: 80})
	eventually(t, "the command runs", func() bool { return strings.Contains(term.seen.String(), "ready") })
	if err := pty.Setsize(term.keys, &pty.Winsize{Rows: 40, Cols: 132}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new size arrives", func() bool { return strings.Contains(term.seen.String(), "40 132") })
	term.typeIn(t, "\x03")
	if r := term.wait(t); r.Exit != 128+2 {
		t.Errorf("Ctrl-C typed on the terminal: exit %d, want 130\n%s", r.Exit, term.seen.String())
	}
}

func TestThreeHundredExecsAtOnce(t *testing.T) {
	name := guest(t)
	const many = 300
	results := make([]harness.Result, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			results[i] = world.host.Banger("vm", "exec", name, "--", "echo", fmt.Sprint(i)).Run(t.Context())
		})
	}
	all.Wait()
	for i, r := range results {
		if r.Exit != 0 || r.Stdout != fmt.Sprintln(i) {
			t.Errorf("exec %d: exit %d, stdout %q, stderr %q, %v", i, r.Exit, r.Stdout, r.Stderr, r.Err)
		}
	}
	if got := inGuest(t, "echo", "still well"); got != "still well\n" {
		t.Errorf("afterwards: %q", got)
	}
}
