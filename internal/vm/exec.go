package vm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"banger/internal/guestlink"
	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/shim"
)

// What a Guest takes and gives is the guest link's.
type (
	// Command says what to run in a guest, and how.
	Command = guestlink.Exec
	// Streams is what the command is connected to.
	Streams = guestlink.IO
	// Size is that of a terminal, in characters.
	Size = guestlink.Size
	// Exit is how the command ended.
	Exit = guestlink.Exit
	// Refusal is the guest's word that it cannot run the command.
	Refusal = guestlink.Error
)

// The reasons of a Refusal that have an exit status of their own, as in a shell.
const (
	CommandNotFound      = guestlink.CodeNotFound      // 127
	CommandNotExecutable = guestlink.CodeNotExecutable // 126
	CommandInvalid       = guestlink.CodeInvalid       // no such user, no such folder
)

const (
	// openTimeout bounds the wait for a machine's supervisor, which bounds its own wait for the guest below that.
	openTimeout = 30 * time.Second
	// endTimeout bounds the wait for word of how a machine ended whose guest is lost.
	endTimeout = 2 * time.Second
)

// Guest is an open way into a running VM, for one command.
type Guest struct {
	fleet *Fleet
	id    string
	conn  net.Conn
	ended <-chan struct{}
	stop  func()
}

// OpenGuest opens a way into a VM that runs. The caller closes it.
func (f *Fleet) OpenGuest(ctx context.Context, ref string) (*Guest, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
	if record.State != model.StateRunning {
		return nil, notRunning(record)
	}
	g := &Guest{fleet: f, id: record.ID}
	g.ended, g.stop = f.Ended(record.ID)
	soon, cancel := context.WithTimeoutCause(ctx, openTimeout, problem.New(problem.Timeout, "the supervisor of VM %q has not answered in %v", record.Name, openTimeout).
		WithRemedy("banger vm kill %s ends the VM", record.Name))
	defer cancel()
	conn, err := shim.Guest(soon, f.rooms.Machine(record.ID).Socket())
	if err != nil {
		g.stop()
		if errors.Is(err, shim.ErrGone) || errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
			return nil, problem.New(problem.Conflict, "VM %q does not run any more", record.Name).
				WithRemedy("banger vm show %s says why it ended", record.Name)
		}
		return nil, fmt.Errorf("reach the guest of VM %q: %w", record.Name, err)
	}
	g.conn = conn
	return g, nil
}

// notRunning refuses what only a running guest can do.
func notRunning(record model.VMRecord) error {
	verb := "start"
	if record.State == model.StatePaused {
		verb = "resume"
	}
	return problem.New(problem.Conflict, "VM %q does not run: it is %s", record.Name, record.State).WithRemedy("banger vm %s %s", verb, record.Name)
}

// Close lets go of the guest. A command that runs is ended.
func (g *Guest) Close() error {
	g.stop()
	return g.conn.Close()
}

// Run runs a command and returns when it has ended, or ctx. It can be called once. A *Refusal means that the guest could not run it.
func (g *Guest) Run(ctx context.Context, cmd Command, with Streams) (Exit, error) {
	exit, err := guestlink.RunExec(ctx, g.conn, cmd, with)
	if err != nil && ctx.Err() == nil && problem.CodeOf(err) == problem.GuestFailed {
		err = g.explain(err)
	}
	return exit, err
}

// explain adds to err how the machine ended, if that was why.
func (g *Guest) explain(err error) error {
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	select {
	case <-g.ended:
	case <-ctx.Done():
		return err
	}
	v, showErr := g.fleet.Show(ctx, g.id)
	if showErr != nil || v.Runtime.Reason == "" {
		return err // it is deleted, and nobody can tell
	}
	return problem.New(problem.GuestFailed, "%w: %s", err, v.Runtime.Reason)
}
