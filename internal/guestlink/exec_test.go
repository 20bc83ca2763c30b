package guestlink

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"banger/internal/problem"
)

// guestExec is an agent whose every command is f, called after the response.
func guestExec(f func(x Exec, stream net.Conn) Exit) handler {
	return func(_ context.Context, req Request, stream net.Conn) {
		WriteMessage(stream, Response{})
		exit, _ := json.Marshal(f(*req.Exec, stream))
		WriteFrame(stream, FrameExit, exit)
		io.Copy(io.Discard, stream)
	}
}

func run(t *testing.T, h handler, x Exec, with IO) (Exit, error) {
	t.Helper()
	s := connected(t, h)
	stream, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return RunExec(t.Context(), stream, x, with)
}

func TestExecPassesEverything(t *testing.T) {
	h := guestExec(func(x Exec, stream net.Conn) Exit {
		buf := make([]byte, MaxFrame)
		for {
			kind, p, err := ReadFrame(stream, buf)
			if err != nil || kind == FrameStdinEOF {
				WriteFrame(stream, FrameStderr, []byte(strings.Join(x.Args, "|")))
				return Exit{Code: 3}
			}
			WriteFrame(stream, FrameStdout, p)
			WriteFrame(stream, FrameCredit, binary.BigEndian.AppendUint32(nil, uint32(len(p))))
		}
	})
	in := bytes.Repeat([]byte("\x00\xff odd bytes \r\n"), 200_000)
	var out, errOut bytes.Buffer
	exit, err := run(t, h, Exec{Args: []string{"a b", "", "ü"}}, IO{Stdin: bytes.NewReader(in), Stdout: &out, Stderr: &errOut})
	if err != nil || exit != (Exit{Code: 3}) {
		t.Errorf("got %+v, %v", exit, err)
	}
	if !bytes.Equal(out.Bytes(), in) || errOut.String() != "a b||ü" {
		t.Errorf("%d bytes came back of %d, and %q", out.Len(), len(in), errOut.String())
	}
}

// The command reads nothing; the signal comes through all the same.
func TestSignalPassesUnreadInput(t *testing.T) {
	h := guestExec(func(_ Exec, stream net.Conn) Exit {
		buf, got := make([]byte, MaxFrame), 0
		for {
			kind, p, err := ReadFrame(stream, buf)
			switch {
			case err != nil:
				return Exit{Code: 1}
			case kind == FrameStdin:
				got += len(p)
			case kind == FrameSignal && got <= StdinWindow:
				return Exit{Signal: int(p[0])}
			}
		}
	})
	signals := make(chan syscall.Signal)
	stdin := &tripwire{after: StdinWindow, hit: make(chan struct{})}
	go func() {
		<-stdin.hit
		signals <- syscall.SIGINT
	}()
	exit, err := run(t, h, Exec{}, IO{Stdin: stdin, Signals: signals})
	if err != nil || exit.Status() != 130 {
		t.Errorf("got %+v, %v", exit, err)
	}
}

// tripwire is endless input that tells when more than after bytes were read.
type tripwire struct {
	after int
	hit   chan struct{}
	told  bool
}

func (e *tripwire) Read(p []byte) (int, error) {
	if e.after -= len(p); e.after < 0 && !e.told {
		e.told = true
		close(e.hit)
	}
	return len(p), nil
}

func TestResizePasses(t *testing.T) {
	h := guestExec(func(_ Exec, stream net.Conn) Exit {
		kind, p, err := ReadFrame(stream, make([]byte, MaxFrame))
		if err != nil || kind != FrameResize || !bytes.Equal(p, []byte{0, 50, 1, 4}) {
			return Exit{Code: 1}
		}
		return Exit{}
	})
	resize := make(chan Size, 1)
	resize <- Size{Rows: 50, Cols: 260}
	if exit, err := run(t, h, Exec{TTY: true}, IO{Resize: resize}); err != nil || exit.Status() != 0 {
		t.Errorf("got %+v, %v", exit, err)
	}
}

func TestExecFailures(t *testing.T) {
	broken := errors.New("broken pipe of the caller")
	for name, tc := range map[string]struct {
		guest func(stream net.Conn)
		with  IO
		want  string
	}{
		"refused":       {func(c net.Conn) { Refuse(c, &Error{CodeNotFound, "no such command"}) }, IO{}, "no such command"},
		"gone early":    {func(c net.Conn) {}, IO{}, "went away"},
		"gone midway":   {func(c net.Conn) { WriteMessage(c, Response{}) }, IO{}, "went away"},
		"unknown frame": {func(c net.Conn) { WriteMessage(c, Response{}); WriteFrame(c, 99, nil) }, IO{}, "unknown type 99"},
		"bad exit":      {func(c net.Conn) { WriteMessage(c, Response{}); WriteFrame(c, FrameExit, []byte(`{"code":-1}`)) }, IO{}, "malformed"},
		"bad credit":    {func(c net.Conn) { WriteMessage(c, Response{}); WriteFrame(c, FrameCredit, []byte{1, 0, 0, 0}) }, IO{}, "impossible credit"},
		"input fails": {func(c net.Conn) { WriteMessage(c, Response{}); io.Copy(io.Discard, c) },
			IO{Stdin: failing{broken}}, "broken pipe of the caller"},
		"output fails": {func(c net.Conn) { WriteMessage(c, Response{}); WriteFrame(c, FrameStdout, []byte("x")) },
			IO{Stdout: failing{broken}}, "broken pipe of the caller"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, func(_ context.Context, _ Request, c net.Conn) { tc.guest(c) }, Exec{}, tc.with)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestLostByReset: it died with something unread.
func TestLostByReset(t *testing.T) {
	err := lost(&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)})
	if !strings.Contains(err.Error(), "went away") || strings.Contains(err.Error(), "reset") {
		t.Error(err)
	}
}

// failing fails at once.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestEndOfContextTellsTheGuest(t *testing.T) {
	gone := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	s := connected(t, func(_ context.Context, _ Request, stream net.Conn) {
		WriteMessage(stream, Response{})
		cancel()
		io.Copy(io.Discard, stream)
		close(gone)
	})
	stream, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := RunExec(ctx, stream, Exec{}, IO{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	within(t, "the agent to notice", gone)
}

func TestDetachReturnsAtOnce(t *testing.T) {
	h := func(_ context.Context, _ Request, stream net.Conn) {
		WriteMessage(stream, Response{})
		io.Copy(io.Discard, stream)
	}
	if exit, err := run(t, h, Exec{Detach: true}, IO{}); err != nil || exit.Status() != 0 {
		t.Errorf("got %+v, %v", exit, err)
	}
}

func TestLostGuestIsTheGuestsFault(t *testing.T) {
	_, err := run(t, func(context.Context, Request, net.Conn) {}, Exec{}, IO{})
	if problem.CodeOf(err) != problem.GuestFailed {
		t.Errorf("got code %s", problem.CodeOf(err))
	}
}

func BenchmarkToGuest(b *testing.B) {
	s := connected(b, guestExec(func(_ Exec, stream net.Conn) Exit {
		buf, in := make([]byte, MaxFrame), newReader(stream)
		for {
			kind, p, err := ReadFrame(in, buf)
			if err != nil || kind == FrameStdinEOF {
				return Exit{}
			}
			WriteFrame(stream, FrameCredit, binary.BigEndian.AppendUint32(nil, uint32(len(p))))
		}
	}))
	b.SetBytes(MaxFrame)
	stream, err := s.Open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	in := io.LimitReader(&tripwire{after: 1 << 62}, int64(b.N)*MaxFrame)
	if _, err := RunExec(b.Context(), stream, Exec{}, IO{Stdin: in}); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkToHost(b *testing.B) {
	s := connected(b, guestExec(func(_ Exec, stream net.Conn) Exit {
		buf := SealFrame(FrameStdout, make([]byte, FrameHeader+MaxFrame))
		for range b.N {
			stream.Write(buf)
		}
		return Exit{}
	}))
	b.SetBytes(MaxFrame)
	stream, err := s.Open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := RunExec(b.Context(), stream, Exec{}, IO{}); err != nil {
		b.Fatal(err)
	}
}
