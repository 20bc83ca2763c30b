package cli

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"banger/client/clienttest"
	"banger/internal/guestlink"
)

// screen is a terminal and what it has shown.
type screen struct {
	keys *os.File // the side of the person
	tty  *os.File // the side of the program
	mu   sync.Mutex
	text strings.Builder
	done chan struct{}
	more chan struct{} // something has been shown since it was last asked
}

func newScreen(t *testing.T, rows, cols uint16) *screen {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(keys, &pty.Winsize{Rows: rows, Cols: cols}); err != nil {
		t.Fatal(err)
	}
	s := &screen{keys: keys, tty: tty, done: make(chan struct{}), more: make(chan struct{}, 1)}
	go func() { defer close(s.done); io.Copy(s, keys) }()
	t.Cleanup(func() { s.shown(); keys.Close() })
	return s
}

// Write satisfies io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
	return s.text.Write(p)
}

// waitFor waits until the terminal has shown text.
func (s *screen) waitFor(t *testing.T, text string) {
	t.Helper()
	for deadline := time.After(10 * time.Second); ; {
		s.mu.Lock()
		there := strings.Contains(s.text.String(), text)
		s.mu.Unlock()
		if there {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("the terminal does not show %q", text)
		case <-s.more:
		}
	}
}

// shown is everything that was shown, once the program is done.
func (s *screen) shown() string {
	s.keys.WriteString("\n") // a Read of the program's can be under way, and would keep the terminal open
	s.tty.Close()
	<-s.done
	return s.text.String()
}

func (s *screen) mode(t *testing.T) unix.Termios {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *mode
}

func (w *world) on(s *screen) *world {
	w.stdin, w.stdout, w.stderr = s.tty, s.tty, s.tty
	w.env["TERM"] = "xterm"
	return w
}

// TestLoginShellOnATerminal: keys arrive as they are typed, Ctrl-C too, the guest
// hears of a new size, and the terminal is afterwards as it was.
func TestLoginShellOnATerminal(t *testing.T) {
	s := newScreen(t, 33, 101)
	before := s.mode(t)
	m := clienttest.NewMachine(t, func(conn net.Conn, x guestlink.Exec) {
		if !x.TTY || !x.Stdin || len(x.Args) != 0 || x.Rows != 33 || x.Cols != 101 {
			t.Errorf("the guest was asked for %+v", x)
		}
		clienttest.Accept(conn, nil)
		if raw := s.mode(t); raw.Lflag&(unix.ICANON|unix.ECHO|unix.ISIG) != 0 {
			t.Error("the terminal is not in raw mode")
		}
		s.keys.WriteString("ls\x03\x1a")
		buf, typed, resized := make([]byte, guestlink.MaxFrame), "", false
		for typed != "ls\x03\x1a" || !resized {
			kind, payload, err := guestlink.ReadFrame(conn, buf)
			if err != nil {
				t.Errorf("typed %q, resized %v: %v", typed, resized, err)
				return
			}
			switch kind {
			case guestlink.FrameStdin:
				typed += string(payload)
				pty.Setsize(s.keys, &pty.Winsize{Rows: 40, Cols: 120})
				syscall.Kill(syscall.Getpid(), syscall.SIGWINCH)
			case guestlink.FrameResize:
				resized = binary.BigEndian.Uint16(payload) == 40 && binary.BigEndian.Uint16(payload[2:]) == 120
			}
		}
		guestlink.WriteFrame(conn, guestlink.FrameStdout, []byte("shown\r\n"))
		guestlink.WriteFrame(conn, guestlink.FrameExit, []byte(`{"code":5}`))
	})
	w := newWorld(t)
	w.offer(t, m)
	if r := w.on(s).run("run", "--rm"); r.status != 5 {
		t.Errorf("exit status %d, want 5", r.status)
	}
	if after := s.mode(t); after != before {
		t.Errorf("the terminal's mode is %+v, was %+v", after, before)
	}
	if text := s.shown(); !strings.Contains(text, "shown\r\n") || !strings.Contains(text, "\x1b[2mspec: ") {
		t.Errorf("the terminal shows %q", text)
	}
}

// TestCommandOnATerminalGetsNone: without -t or -i a command has neither terminal nor input,
// so that a loop's input is not eaten.
func TestCommandOnATerminalGetsNone(t *testing.T) {
	for line, want := range map[string]guestlink.Exec{
		"vm exec web -- x":    {},
		"vm exec -i web -- x": {Stdin: true},
		"vm exec -t web -- x": {Stdin: true, TTY: true},
	} {
		var got guestlink.Exec
		m := clienttest.NewMachine(t, func(conn net.Conn, x guestlink.Exec) {
			got = x
			clienttest.Accept(conn, nil)
			guestlink.WriteFrame(conn, guestlink.FrameExit, []byte(`{}`))
		})
		s := newScreen(t, 24, 80)
		w := newWorld(t)
		w.offer(t, m)
		if r := w.on(s).run(strings.Fields(line)...); r.status != 0 || got.TTY != want.TTY || got.Stdin != want.Stdin {
			t.Errorf("%s: status %d, the guest was asked for %+v", line, r.status, got)
		}
	}
}

func TestNoColor(t *testing.T) {
	s := newScreen(t, 24, 80)
	w := newWorld(t).on(s)
	w.env["NO_COLOR"] = "1"
	w.offer(t, exits(t, `{}`))
	w.run("run", "--", "true")
	if text := s.shown(); strings.Contains(text, "\x1b[2m") || !strings.Contains(text, "spec: ") {
		t.Errorf("the terminal shows %q", text)
	}
}

func TestTableFitsTheTerminal(t *testing.T) {
	s := newScreen(t, 24, 60)
	w := newWorld(t)
	w.daemon.Answer("GET /v1/vms", someVMs)
	w.on(s).run("vm", "list")
	if text := s.shown(); !strings.Contains(text, "a-name-that…") || !strings.Contains(text, "ENGINE") {
		t.Errorf("the terminal shows\n%s", text)
	}
	for line := range strings.Lines(s.text.String()) {
		if n := displaywidth.String(escapes.ReplaceAllString(strings.TrimRight(line, "\r\n"), "")); n > 60 {
			t.Errorf("%d characters: %q", n, line)
		}
	}
}
