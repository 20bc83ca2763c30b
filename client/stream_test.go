package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"banger/api"
	"banger/client/clienttest"
	"banger/internal/guestlink"
	"banger/internal/problem"
)

func TestExec(t *testing.T) {
	m := clienttest.NewMachine(t, clienttest.Exits(`{"code":7}`))
	var out bytes.Buffer
	exit, err := Exec(t.Context(), m.VM, Command{Args: []string{"a", "b c"}}, Streams{Stdout: &out}, nil)
	if err != nil || exit.Status() != 7 || out.String() != "a\nb c\n" {
		t.Errorf("%+v, %v, stdout %q", exit, err, &out)
	}
}

func TestRefusedStatus(t *testing.T) {
	for code, want := range map[guestlink.Code]int{
		guestlink.CodeNotFound: 127, guestlink.CodeNotExecutable: 126, guestlink.CodeInvalid: 0, guestlink.CodeFailed: 0,
	} {
		m := clienttest.NewMachine(t, clienttest.Refuses(code))
		_, err := Exec(t.Context(), m.VM, Command{Args: []string{"x"}}, Streams{}, nil)
		if status, ok := RefusedStatus(err); err == nil || status != want || ok != (want != 0) {
			t.Errorf("%s: %d, %v (%v), want %d", code, status, ok, err, want)
		}
	}
	if status, ok := RefusedStatus(errors.New("another")); ok {
		t.Errorf("any error gives status %d", status)
	}
}

func TestMachineLostUnderACommand(t *testing.T) {
	var m *clienttest.Machine
	m = clienttest.NewMachine(t, func(conn net.Conn, _ guestlink.Exec) {
		clienttest.Accept(conn, nil)
		conn.Close()
		m.End()
	})
	_, err := Exec(t.Context(), m.VM, Command{Args: []string{"x"}}, Streams{}, nil)
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
		_, err := Exec(t.Context(), vm, Command{Args: []string{"x"}}, Streams{}, nil)
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
	m := clienttest.NewMachine(t, func(conn net.Conn, _ guestlink.Exec) {
		clienttest.Accept(conn, nil)
		cancel(cause)
		io.Copy(io.Discard, conn)
		close(gone)
	})
	if _, err := Exec(ctx, m.VM, Command{Args: []string{"x"}}, Streams{}, nil); !errors.Is(err, cause) {
		t.Errorf("%v, want %v", err, cause)
	}
	<-gone // the guest learns that its client has gone
}

func TestLeaseLastsUntilItIsClosed(t *testing.T) {
	m := clienttest.NewMachine(t, nil)
	lease, err := Lease(t.Context(), m.VM)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-m.Ended:
		t.Fatal("the machine ended while the lease was held")
	default:
	}
	lease.Close()
	<-m.Ended
}
