package clienttest

import (
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"banger/api"
	"banger/internal/guestlink"
	"banger/internal/shim"
	"banger/internal/unixsock"
)

// Guest is the agent's side of one exec: conn carries frames from the response on.
type Guest func(conn net.Conn, x guestlink.Exec)

// Agent is the agent's side of any request.
type Agent func(conn net.Conn, req guestlink.Request)

// Machine is a running VM whose shim and guest are a test's.
type Machine struct {
	VM api.VM
	// Ended is closed when the machine has ended: by End, or when its lease was closed.
	Ended chan struct{}
	once  sync.Once
	agent Agent
}

// NewMachine gives a machine called web, whose guest answers every exec as guest does. It ends with the test.
func NewMachine(t *testing.T, guest Guest) *Machine {
	t.Helper()
	return NewMachineWith(t, func(conn net.Conn, req guestlink.Request) { guest(conn, *req.Exec) })
}

// NewMachineWith is NewMachine with a guest that answers every request as agent does.
func NewMachineWith(t *testing.T, agent Agent) *Machine {
	t.Helper()
	m := &Machine{Ended: make(chan struct{}), agent: agent, VM: api.VM{
		ID: "0123456789abcdef0123456789abcdef", Name: "web", State: "running", Engine: "emulated",
		Socket: filepath.Join(t.TempDir(), "shim.sock"),
	}}
	listener, err := unixsock.Listen(m.VM.Socket)
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
			clients.Go(func() { m.serve(conn) })
		}
	})
	t.Cleanup(func() { listener.Close(); m.End(); clients.Wait() })
	return m
}

// End ends the machine; those who watch it are told that its kernel panicked.
func (m *Machine) End() { m.once.Do(func() { close(m.Ended) }) }

func (m *Machine) serve(conn net.Conn) {
	defer conn.Close()
	var req shim.Request
	if guestlink.ReadMessage(conn, &req) != nil || guestlink.WriteMessage(conn, shim.Reply{}) != nil {
		return
	}
	switch req.Op {
	case shim.OpWatch:
		<-m.Ended
		guestlink.WriteMessage(conn, shim.Reply{Exit: &shim.Exit{Cause: "reset", Detail: "the guest's kernel panicked"}})
	case shim.OpLease:
		io.Copy(io.Discard, conn)
		m.End()
	case shim.OpGuest:
		var ask guestlink.Request
		if guestlink.ReadMessage(conn, &ask) == nil {
			m.agent(conn, ask)
		}
	}
}

// Accept answers an exec: nil says that the command runs.
func Accept(conn net.Conn, refusal *guestlink.Error) {
	guestlink.WriteMessage(conn, guestlink.Response{Error: refusal})
}

// Exits is a guest whose commands print their arguments and end as exit, which is JSON, says.
func Exits(exit string) Guest {
	return func(conn net.Conn, x guestlink.Exec) {
		Accept(conn, nil)
		for _, arg := range x.Args {
			guestlink.WriteFrame(conn, guestlink.FrameStdout, []byte(arg+"\n"))
		}
		guestlink.WriteFrame(conn, guestlink.FrameExit, []byte(exit))
	}
}

// Refuses is a guest that cannot run anything.
func Refuses(code guestlink.Code) Guest {
	return func(conn net.Conn, _ guestlink.Exec) {
		Accept(conn, &guestlink.Error{Code: code, Message: "the guest says no"})
	}
}
