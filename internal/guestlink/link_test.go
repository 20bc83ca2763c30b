package guestlink

import (
	"context"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// pair is a connected pair of stream sockets, closed with the test.
func pair(t testing.TB) (host, guest net.Conn) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ends := make([]net.Conn, 2)
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "pair")
		if ends[i], err = net.FileConn(f); err != nil {
			t.Fatal(err)
		}
		f.Close()
		t.Cleanup(func() { ends[i].Close() })
	}
	return ends[0], ends[1]
}

// handler is an agent made of a function.
type handler func(ctx context.Context, req Request, stream net.Conn)

func (h handler) Hello() Hello {
	hello := NewHello("test")
	hello.BootID, hello.Release = "4f0c", "6.1"
	return hello
}

func (h handler) Handle(ctx context.Context, req Request, stream net.Conn) { h(ctx, req, stream) }

// serve runs an agent on conn; the channel gives Serve's result.
func serve(t testing.TB, conn net.Conn, h handler) <-chan error {
	ctx, cancel := context.WithCancel(context.Background())
	result, finished := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(finished)
		result <- Serve(ctx, conn, h)
	}()
	t.Cleanup(func() {
		cancel()
		within(t, "Serve to end", finished)
	})
	return result
}

// connected is a session with an agent made of h.
func connected(t testing.TB, h handler) *Session {
	host, guest := pair(t)
	serve(t, guest, h)
	s, err := Connect(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// patience is how long a test waits for what must happen at once: a hang is a failure, a slow machine is not.
const patience = 30 * time.Second

func within[T any](t testing.TB, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Errorf("waited %v for %s", patience, what)
	}
	return v
}
