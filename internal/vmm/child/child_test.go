package child

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// record keeps what is written.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// run starts a program and waits for its end.
func run(t *testing.T, c Command) (*Process, string) {
	t.Helper()
	var log record
	if c.Log == nil {
		c.Log = &log
	}
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Done():
	case <-time.After(time.Minute):
		p.Kill()
		t.Fatal("it did not end")
	}
	return p, log.String()
}

func TestProcessGetsOnlyWhatItIsGiven(t *testing.T) {
	t.Setenv("SECRET", "1")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	inherited, err := syscall.Dup(int(r.Fd())) // as if this program's starter had left it open
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited)
	_, env := run(t, Command{Path: "/usr/bin/env"})
	if env != "" {
		t.Errorf("its environment is %q, want none", env)
	}
	if _, env = run(t, Command{Path: "/usr/bin/env", Env: []string{"A=1"}}); env != "A=1\n" {
		t.Errorf("its environment is %q, want A=1", env)
	}
	if _, cwd := run(t, Command{Path: "/bin/pwd"}); cwd != "/\n" {
		t.Errorf("its folder is %q, want /", cwd)
	}
	// ls itself opens the folder, as descriptor 4.
	if _, fds := run(t, Command{Path: "/bin/ls", Args: []string{"/proc/self/fd"}, Files: []*os.File{w}}); fds != "0\n1\n2\n3\n4\n" {
		t.Errorf("its descriptors are %q, want 0 to 3 and ls's own", fds)
	}
}

func TestStartThatFailsSaysWhy(t *testing.T) {
	if _, err := Start(Command{Path: "/no/such/program", Log: io.Discard}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that there is no such file", err)
	}
}

func TestStatusAndLastWords(t *testing.T) {
	p, _ := run(t, Command{Path: "/bin/sh", Args: []string{"-c", `printf 'first\nlast \033[31mwords\n\n' >&2; exit 7`}})
	if p.Status().ExitStatus() != 7 || p.LastWords() != "last [31mwords" {
		t.Errorf("status %d, last words %q", p.Status().ExitStatus(), p.LastWords())
	}
	p, _ = run(t, Command{Path: "/bin/true"})
	if p.LastWords() != "" {
		t.Errorf("the last words of who said nothing: %q", p.LastWords())
	}
}

func TestKillIsIdempotent(t *testing.T) {
	p, err := Start(Command{Path: "/bin/sleep", Args: []string{"1000"}, Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if err := p.Kill(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if s := p.Status(); !s.Signaled() || s.Signal() != syscall.SIGKILL {
		t.Errorf("it ended with %v", s)
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("a signal after the end: %v", err)
	}
}

// failing takes nothing.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestOutputIsBoundedAndNeverBlocks(t *testing.T) {
	flood := []string{"-c", fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x; echo; echo end", 3*MaxLog)}
	p, out := run(t, Command{Path: "/bin/sh", Args: flood, Env: []string{"PATH=/usr/bin:/bin"}})
	if len(out) != MaxLog {
		t.Errorf("%d bytes were kept, want %d", len(out), MaxLog)
	}
	if p.LastWords() != "end" {
		t.Errorf("last words %q", p.LastWords())
	}
	p, _ = run(t, Command{Path: "/bin/sh", Args: flood, Env: []string{"PATH=/usr/bin:/bin"}, Log: failing{}})
	if p.Status().ExitStatus() != 0 || p.LastWords() != "end" {
		t.Errorf("with a log that fails: status %d, last words %q", p.Status().ExitStatus(), p.LastWords())
	}
}

func TestLastLineIsFitForATerminal(t *testing.T) {
	for said, want := range map[string]string{
		"":                        "",
		"a\r\n":                   "a",
		"one\ntwo":                "two",
		"\x1b]0;title\a bell":     "]0;title bell",
		"bad \xff utf":            "bad  utf",
		strings.Repeat("y", 5000): strings.Repeat("y", maxWords),
		strings.Repeat("é", 5000): strings.Repeat("é", maxWords/2),
	} {
		l := &boundedLog{to: io.Discard}
		l.Write([]byte(said))
		if got := l.lastLine(); got != want {
			t.Errorf("of %.20q: got %q, want %q", said, got, want)
		}
	}
}

func TestDrainGoesOnWhenTheWriterFails(t *testing.T) {
	here, there, err := Pair("test")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		Drain(here, failing{})
		close(ended)
	}()
	for range 100 { // far more than a socket holds
		if _, err := there.Write(make([]byte, 1<<16)); err != nil {
			t.Fatal(err)
		}
	}
	there.Close()
	<-ended
	if _, err := here.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the stream is still open: %v", err)
	}
}
