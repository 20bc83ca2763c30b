package qemu

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"banger/internal/vmm"
	"banger/internal/vmm/child"
)

// endGrace is how long QEMU may live on after it has closed its monitor.
const endGrace = 10 * time.Second

// Machine is a running QEMU.
type Machine struct {
	process *child.Process
	monitor *monitor
	guest   net.Conn
	done    chan struct{}
	exit    vmm.Exit // written before done is closed
	stalled func()
	memory  *os.File   // what the guest's memory began with; nil when it booted
	size    uint64     // of the memory, in bytes
	loaded  chan error // holds how a restore ended

	mu     sync.Mutex
	reason string // of the first SHUTDOWN event
}

// supervise takes over the process and the streams of h.
func supervise(process *child.Process, h *handover, spec vmm.Spec) *Machine {
	m := &Machine{process: process, guest: h.link, done: make(chan struct{}), stalled: spec.Stalled, memory: h.memory, size: uint64(spec.MemoryMiB) << 20, loaded: make(chan error, 1)}
	m.monitor = newMonitor(h.monitor, m.note)
	go m.watch(h.console, spec.Console)
	go m.endWithMonitor()
	return m
}

// note is called for every event.
func (m *Machine) note(e event) {
	switch e.Name {
	case "BLOCK_IO_ERROR":
		if e.Data.NoSpace && e.Data.Action == "stop" && m.stalled != nil {
			m.stalled()
		}
	case "MIGRATION":
		m.noteLoad(e.Data.Status)
	case "SHUTDOWN":
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.reason == "" {
			m.reason = e.Data.Reason
		}
	}
}

// watch lives as long as QEMU and tidies up after it.
func (m *Machine) watch(console net.Conn, w io.Writer) {
	child.Drain(console, w) // ends when QEMU does
	<-m.process.Done()
	<-m.monitor.ended
	m.guest.Close()
	if m.memory != nil {
		m.memory.Close()
	}
	m.mu.Lock()
	m.exit = exitOf(m.reason, m.process.Status(), m.process.LastWords())
	m.mu.Unlock()
	close(m.done)
}

// endWithMonitor kills a QEMU that closed its monitor, or broke the rules on it, and lives on.
func (m *Machine) endWithMonitor() {
	<-m.monitor.ended
	select {
	case <-m.process.Done():
	case <-time.After(endGrace):
		m.process.Kill()
	}
}

// PID is QEMU's process id.
func (m *Machine) PID() int { return m.process.PID() }

// Guest is the host's end of the guest link.
func (m *Machine) Guest() net.Conn { return m.guest }

// Pause stops the vCPUs.
func (m *Machine) Pause(ctx context.Context) error { return m.monitor.execute(ctx, "stop", nil) }

// Resume lets the vCPUs run on.
func (m *Machine) Resume(ctx context.Context) error { return m.monitor.execute(ctx, "cont", nil) }

// Kill ends QEMU and returns when it is gone.
func (m *Machine) Kill() error {
	if err := m.process.Kill(); err != nil {
		return err
	}
	<-m.done
	return nil
}

// Done is closed when QEMU is gone.
func (m *Machine) Done() <-chan struct{} { return m.done }

// Exit tells how QEMU ended.
func (m *Machine) Exit() vmm.Exit {
	<-m.done
	return m.exit
}
