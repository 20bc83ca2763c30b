package agent_test

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"

	"banger/internal/guestlink"
)

func onTerminal(script string) guestlink.Exec {
	x := sh(script)
	x.TTY, x.Rows, x.Cols = true, 33, 77
	return x
}

func TestTerminal(t *testing.T) {
	g := start(t)
	x := onTerminal("tty; stty size; echo $TERM; test -t 0 && test -t 1 && test -t 2 && echo all; echo err >&2; : </dev/tty && echo own")
	got := g.output(t, x, nil)
	if want := "33 77\r\nxterm-256color\r\nall\r\nerr\r\nown\r\n"; !strings.HasPrefix(got, "/dev/pts/") || !strings.HasSuffix(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestTerminalResize(t *testing.T) {
	resize := make(chan guestlink.Size, 1)
	var out bytes.Buffer
	tell := sync.OnceFunc(func() { resize <- guestlink.Size{Rows: 5, Cols: 6} })
	exit, err := start(t).run(t, onTerminal("trap 'stty size; exit 0' WINCH; echo up; while :; do sleep 0.01; done"), guestlink.IO{
		Stdout: io.MultiWriter(&out, writer(func([]byte) { tell() })), Resize: resize,
	})
	if err != nil || exit.Status() != 0 || out.String() != "up\r\n5 6\r\n" {
		t.Errorf("got %+v, %v, %q", exit, err, &out)
	}
}

// Keys and signals reach the foreground group, and not the shell behind it.
func TestTerminalForeground(t *testing.T) {
	g := start(t)
	for name, send := range map[string]func(io.Writer, chan<- syscall.Signal){
		"key":    func(keys io.Writer, _ chan<- syscall.Signal) { keys.Write([]byte{3}) },
		"signal": func(_ io.Writer, signals chan<- syscall.Signal) { signals <- syscall.SIGINT },
	} {
		stdin, keys := io.Pipe()
		signals := make(chan syscall.Signal, 1)
		var out bytes.Buffer
		interrupt := sync.OnceFunc(func() { go send(keys, signals) })
		script := "set -m; sh -c 'trap \"echo hit; exit 8\" INT; echo up; while :; do sleep 0.01; done'; echo status $?"
		exit, err := g.run(t, onTerminal(script), guestlink.IO{
			Stdin: stdin, Signals: signals,
			Stdout: writer(func(p []byte) {
				out.Write(p)
				if strings.Contains(out.String(), "up") {
					interrupt()
				}
			}),
		})
		if err != nil || exit.Status() != 0 || !strings.HasSuffix(out.String(), "hit\r\nstatus 8\r\n") {
			t.Errorf("%s: got %+v, %v, %q", name, exit, err, &out)
		}
		keys.Close()
	}
}

func TestTerminalEndOfInput(t *testing.T) {
	got := start(t).output(t, onTerminal("stty -echo; cat; echo over"), strings.NewReader("a line\n"))
	if !strings.Contains(got, "a line\r\n") || !strings.HasSuffix(got, "over\r\n") {
		t.Errorf("got %q", got)
	}
}

// What was written just before the end is not lost with the terminal.
func TestTerminalOutputIsWhole(t *testing.T) {
	g := start(t)
	for range 10 {
		if got := g.output(t, onTerminal("head -c 50000 /dev/zero"), nil); len(got) != 50_000 {
			t.Errorf("got %d bytes", len(got))
		}
	}
}
