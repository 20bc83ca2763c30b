package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"banger/internal/shim"
)

// hangTimeout is how much longer than it should a shim may take to answer before
// it is taken for hung and killed itself.
const hangTimeout = 15 * time.Second

// leaveTimeout is how long a shim may take from its last answer to its end.
const leaveTimeout = 5 * time.Second

// PowerOff asks the guest to power off, kills it when it has not after timeout,
// and returns when nothing of it runs.
func (m *Machine) PowerOff(ctx context.Context, timeout time.Duration) (shim.Exit, error) {
	return m.end(ctx, timeout, shim.Request{Op: shim.OpPowerOff, Timeout: timeout})
}

// Kill ends the engine with a signal, KILL when it is empty, and returns when
// nothing of it runs. A machine that does not run is fine. It also ends a machine
// whose start is under way, and one whose shim hangs.
func (m *Machine) Kill(ctx context.Context, signal string) (shim.Exit, error) {
	return m.end(ctx, 0, shim.Request{Op: shim.OpKill, Signal: signal})
}

func (m *Machine) end(ctx context.Context, timeout time.Duration, req shim.Request) (shim.Exit, error) {
	asking, cancel := context.WithTimeout(ctx, timeout+hangTimeout)
	defer cancel()
	reply, err := m.ask(asking, req)
	switch {
	case ctx.Err() != nil:
		return shim.Exit{}, context.Cause(ctx)
	case err != nil && !errors.Is(err, ErrNotRunning) && asking.Err() == nil:
		return shim.Exit{}, err
	}
	if reply.Exit != nil {
		return *reply.Exit, m.reap(ctx, leaveTimeout)
	}
	// It hangs, has not come as far as to listen, or does not run at all.
	if err := m.reap(ctx, 0); err != nil {
		return shim.Exit{}, err
	}
	return m.LastExit(), nil
}

// reap returns when the shim has gone, and with it its socket. One that has not left
// by itself after grace is killed, and its engine with it.
func (m *Machine) reap(ctx context.Context, grace time.Duration) error {
	if err := m.awaitShim(ctx, grace); err != nil {
		return err
	}
	if err := os.Remove(m.Socket()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the machine's socket: %w", err)
	}
	return nil
}

func (m *Machine) awaitShim(ctx context.Context, grace time.Duration) error {
	id, ok := m.shimProcess()
	if !ok {
		return nil
	}
	leaving, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if id.Wait(leaving) == nil {
		return nil
	}
	if err := id.Signal(syscall.SIGKILL); err != nil && id.Alive() {
		return fmt.Errorf("kill the machine's supervisor: %w", err)
	}
	return id.Wait(ctx)
}
