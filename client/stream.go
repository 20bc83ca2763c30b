package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"banger/api"
	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/shim"
)

// What Exec takes and gives is the guest link's.
type (
	// Command says what to run in a guest, and how.
	Command = guestlink.Exec
	// Streams is what the command is connected to.
	Streams = guestlink.IO
	// Size is that of a terminal, in characters.
	Size = guestlink.Size
	// Exit is how the command ended.
	Exit = guestlink.Exit
)

// openTimeout bounds the wait for a shim's word; it bounds its own waiting for the guest well below.
const openTimeout = 30 * time.Second

var errDeaf = problem.New(problem.Timeout, "the machine's supervisor has not answered in %v", openTimeout).
	WithRemedy("banger vm kill ends the VM")

// Status 126 and 127 are what a shell gives for a command that it cannot run.
const (
	statusNotExecutable = 126
	statusNotFound      = 127
)

// Exec runs a command in the VM's guest and returns when it has ended, or at once when it is
// detached. When ctx ends first, the guest ends the command. An error that
// RefusedStatus knows means that the guest could not run it. notice, unless it is nil, is
// called with what the user should know while the command runs.
func Exec(ctx context.Context, vm api.VM, cmd Command, with Streams, notice func(string)) (exit Exit, err error) {
	err = inGuest(ctx, vm, notice, func(conn net.Conn) (err error) {
		exit, err = guestlink.RunExec(ctx, conn, cmd, with)
		return err
	})
	return exit, err
}

// inGuest has use work with a stream to the VM's agent, which it must close, and explains its error. All that
// people do in a guest, commands and copies, begins here.
func inGuest(ctx context.Context, vm api.VM, notice func(string), use func(net.Conn) error) error {
	socket, err := socketOf(vm)
	if err != nil {
		return err
	}
	watching, leave := context.WithCancel(ctx)
	defer leave()
	end := watch(watching, socket, stallNotice(vm, notice))
	soon, cancel := context.WithTimeoutCause(ctx, openTimeout, errDeaf)
	conn, err := shim.Guest(soon, socket)
	cancel()
	if err != nil {
		return unreached(vm, end.explain(ctx, err))
	}
	if err := use(conn); err != nil {
		return end.explain(ctx, err)
	}
	return nil
}

// RefusedStatus is the exit status for an error of Exec by which the guest said that the command does
// not exist or cannot be executed.
func RefusedStatus(err error) (status int, ok bool) {
	refusal, _ := errors.AsType[*guestlink.Error](err)
	switch {
	case refusal == nil:
		return 0, false
	case refusal.Code == guestlink.CodeNotFound:
		return statusNotFound, true
	case refusal.Code == guestlink.CodeNotExecutable:
		return statusNotExecutable, true
	}
	return 0, false
}

// Lease keeps an ephemeral VM (CreateVM.Rm) alive until it is closed, or this process ends.
func Lease(ctx context.Context, vm api.VM) (io.Closer, error) {
	socket, err := socketOf(vm)
	if err != nil {
		return nil, err
	}
	soon, cancel := context.WithTimeoutCause(ctx, openTimeout, errDeaf)
	defer cancel()
	lease, err := shim.Lease(soon, socket)
	if err != nil {
		return nil, unreached(vm, err)
	}
	return lease, nil
}

func unreached(vm api.VM, err error) error {
	if errors.Is(err, shim.ErrGone) || errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
		return problem.New(problem.Conflict, "%s does not run any more", vm.Name).
			WithRemedy("banger vm show %s says why it ended", vm.Name)
	}
	return fmt.Errorf("reach the guest of %s: %w", vm.Name, err)
}

func socketOf(vm api.VM) (string, error) {
	if vm.State == "paused" {
		return "", problem.New(problem.Conflict, "%s is paused", vm.Name).WithRemedy("banger vm resume %s", vm.Name)
	}
	if vm.Socket == "" {
		return "", problem.New(problem.Conflict, "%s does not run: it is %s", vm.Name, vm.State).
			WithRemedy("banger vm start %s", vm.Name)
	}
	return vm.Socket, nil
}

// stallNotice tells of each change between standing still and going on.
func stallNotice(vm api.VM, notice func(string)) func(shim.Status) {
	stalled := false
	return func(s shim.Status) {
		if s.Stalled == stalled || notice == nil {
			return
		}
		stalled = s.Stalled
		if stalled {
			notice(fmt.Sprintf("the host's disk is full: %s stands still until there is space", vm.Name))
		} else {
			notice(vm.Name + " goes on")
		}
	}
}

// ending tells how the machine ended, once it has.
type ending <-chan shim.Exit

// watch asks at once: when the machine has ended there is nobody left to ask.
func watch(ctx context.Context, socket string, seen func(shim.Status)) ending {
	end := make(chan shim.Exit, 1)
	go func() {
		defer close(end)
		if exit, err := shim.Watch(ctx, socket, seen); err == nil {
			end <- exit
		}
	}()
	return end
}

// The shim tells of the end as soon as it has closed the guest's streams.
const endTimeout = 2 * time.Second

// explain adds to err how the machine ended, if that was why.
func (e ending) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil || !errors.Is(err, shim.ErrGone) && problem.CodeOf(err) != problem.GuestFailed {
		return err
	}
	select {
	case exit, ok := <-e:
		if ok {
			return problem.New(problem.GuestFailed, "%w: %s", err, describe(exit))
		}
	case <-time.After(endTimeout):
	}
	return err
}

func describe(exit shim.Exit) string {
	if exit.Detail != "" {
		return exit.Detail
	}
	return "it ended by " + string(exit.Cause)
}
