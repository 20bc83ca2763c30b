package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"banger/api"
	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/shim"
	"banger/internal/unixsock"
)

// machine is a VM whose shim and guest are this test.
type machine struct {
	vm    api.VM
	end   chan struct{} // closed: the machine ends
	mu    sync.Mutex
	lease net.Conn
}

// boot gives a machine whose guest answers an exec as guest does.
func boot(t *testing.T, guest func(net.Conn, guestlink.Exec)) *machine {
	t.Helper()
	m := &machine{end: make(chan struct{}), vm: api.VM{Name: "web", State: "running", Socket: filepath.Join(t.TempDir(), "shim.sock")}}
	listener, err := unixsock.Listen(m.vm.Socket)
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	clients.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			clients.Go(func() { m.serve(conn, guest) })
		}
	})
	t.Cleanup(func() { listener.Close(); m.over(); clients.Wait() })
	return m
}

func (m *machine) over() {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-m.end:
	default:
		close(m.end)
	}
}

func (m *machine) serve(conn net.Conn, guest func(net.Conn, guestlink.Exec)) {
	defer conn.Close()
	var req shim.Request
	if guestlink.ReadMessage(conn, &req) != nil {
		return
	}
	guestlink.WriteMessage(conn, shim.Reply{})
	switch req.Op {
	case shim.OpWatch:
		<-m.end
		guestlink.WriteMessage(conn, shim.Reply{Exit: &shim.Exit{Cause: "reset", Detail: "the guest's kernel panicked"}})
	case shim.OpLease:
		m.mu.Lock()
		m.lease = conn
		m.mu.Unlock()
		io.Copy(io.Discard, conn)
		m.over()
	case shim.OpGuest:
		var ask guestlink.Request
		if guestlink.ReadMessage(conn, &ask) == nil {
			guest(conn, *ask.Exec)
		}
	}
}

func answer(conn net.Conn, err *guestlink.Error) {
	guestlink.WriteMessage(conn, guestlink.Response{Error: err})
}

func TestExec(t *testing.T) {
	m := boot(t, func(conn net.Conn, x guestlink.Exec) {
		answer(conn, nil)
		guestlink.WriteFrame(conn, guestlink.FrameStdout, []byte(strings.Join(x.Args, "+")))
		guestlink.WriteFrame(conn, guestlink.FrameStderr, []byte("err"))
		guestlink.WriteFrame(conn, guestlink.FrameExit, []byte(`{"code":7}`))
	})
	var out, errs bytes.Buffer
	exit, err := Exec(t.Context(), m.vm, Command{Args: []string{"a", "b c"}}, Streams{Stdout: &out, Stderr: &errs})
	if err != nil || exit.Status() != 7 || out.String() != "a+b c" || errs.String() != "err" {
		t.Errorf("%+v, %v, stdout %q, stderr %q", exit, err, &out, &errs)
	}
}

func TestRefusedStatus(t *testing.T) {
	for code, want := range map[guestlink.Code]int{
		guestlink.CodeNotFound: 127, guestlink.CodeNotExecutable: 126, guestlink.CodeInvalid: 0, guestlink.CodeFailed: 0,
	} {
		m := boot(t, func(conn net.Conn, _ guestlink.Exec) { answer(conn, &guestlink.Error{Code: code, Message: "no"}) })
		_, err := Exec(t.Context(), m.vm, Command{Args: []string{"x"}}, Streams{})
		if status, ok := RefusedStatus(err); err == nil || status != want || ok != (want != 0) {
			t.Errorf("%s: %d, %v (%v), want %d", code, status, ok, err, want)
		}
	}
	if status, ok := RefusedStatus(errors.New("another")); ok {
		t.Errorf("any error gives status %d", status)
	}
}

func TestMachineLostUnderACommand(t *testing.T) {
	var m *machine
	m = boot(t, func(conn net.Conn, _ guestlink.Exec) {
		answer(conn, nil)
		conn.Close()
		m.over()
	})
	_, err := Exec(t.Context(), m.vm, Command{Args: []string{"x"}}, Streams{})
	if problem.CodeOf(err) != problem.GuestFailed || !strings.Contains(err.Error(), "the guest's kernel panicked") {
		t.Errorf("%v", err)
	}
	if _, refused := RefusedStatus(err); refused {
		t.Error("a lost machine is taken for a refusal of the guest's")
	}
}

func TestMachineThatDoesNotRun(t *testing.T) {
	for name, vm := range map[string]api.VM{
		"stopped":    {Name: "web", State: "stopped"},
		"just ended": {Name: "web", State: "running", Socket: filepath.Join(t.TempDir(), "shim.sock")},
	} {
		_, err := Exec(t.Context(), vm, Command{Args: []string{"x"}}, Streams{})
		_, leaseErr := Lease(t.Context(), vm)
		for _, err := range []error{err, leaseErr} {
			if problem.CodeOf(err) != problem.Conflict || !strings.Contains(err.Error(), "web") || problem.RemedyOf(err) == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestExecEndsWithItsContext(t *testing.T) {
	gone := make(chan struct{})
	cause := errors.New("second Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	m := boot(t, func(conn net.Conn, _ guestlink.Exec) {
		answer(conn, nil)
		cancel(cause)
		io.Copy(io.Discard, conn)
		close(gone)
	})
	if _, err := Exec(ctx, m.vm, Command{Args: []string{"x"}}, Streams{}); !errors.Is(err, cause) {
		t.Errorf("%v, want %v", err, cause)
	}
	<-gone // the guest learns that its client has gone
}

func TestLeaseLastsUntilItIsClosed(t *testing.T) {
	m := boot(t, nil)
	lease, err := Lease(t.Context(), m.vm)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-m.end:
		t.Fatal("the machine ended while the lease was held")
	default:
	}
	lease.Close()
	<-m.end
}
