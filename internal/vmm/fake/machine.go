package fake

import (
	"context"
	"fmt"
	"io"
	"net"
	"syscall"

	"banger/internal/vmm"
	"banger/internal/vmm/child"
)

// The exit statuses of the guest's process.
const (
	statusPowerOff = 0
	statusBroken   = 1 // it could not start
	statusPanic    = 3
	statusKilled   = 4 // by a signal that it obeyed
)

// Machine is a running fake guest.
type Machine struct {
	process *child.Process
	guest   net.Conn
	bootID  string
	done    chan struct{}
	exit    vmm.Exit // written before done is closed
}

func supervise(process *child.Process, guest, console net.Conn, w io.Writer, bootID string) *Machine {
	m := &Machine{process: process, guest: guest, bootID: bootID, done: make(chan struct{})}
	go func() {
		child.Drain(console, w)
		<-process.Done()
		guest.Close()
		m.exit = exitOf(process.Status(), process.LastWords())
		close(m.done)
	}()
	return m
}

// exitOf tells how the guest's process ended.
func exitOf(status syscall.WaitStatus, lastWords string) vmm.Exit {
	if status.Signaled() {
		return vmm.Exit{Cause: vmm.CauseKilled, Detail: fmt.Sprintf("the fake guest was ended by signal %d (%s)", status.Signal(), status.Signal())}
	}
	switch status.ExitStatus() {
	case statusPowerOff:
		return vmm.Exit{Cause: vmm.CausePowerOff}
	case statusPanic:
		return vmm.Exit{Cause: vmm.CauseReset, Detail: "the fake guest panicked"}
	case statusKilled:
		return vmm.Exit{Cause: vmm.CauseKilled, Detail: "the fake guest was told to end by a signal"}
	}
	return vmm.Exit{Cause: vmm.CauseFailed, Detail: fmt.Sprintf("the fake guest ended with status %d; it said: %s", status.ExitStatus(), lastWords)}
}

// PID is the guest's process id on the host.
func (m *Machine) PID() int { return m.process.PID() }

// Guest is the host's end of the guest link.
func (m *Machine) Guest() net.Conn { return m.guest }

// Pause stops the agent; commands that it runs go on.
func (m *Machine) Pause(context.Context) error { return m.process.Stop() }

// Resume lets the agent run on.
func (m *Machine) Resume(context.Context) error { return m.process.Signal(syscall.SIGCONT) }

// Kill ends the guest and returns when it is gone.
func (m *Machine) Kill() error {
	if err := m.process.Kill(); err != nil {
		return err
	}
	<-m.done
	return nil
}

// Done is closed when the guest is gone.
func (m *Machine) Done() <-chan struct{} { return m.done }

// Exit tells how the guest ended.
func (m *Machine) Exit() vmm.Exit {
	<-m.done
	return m.exit
}
