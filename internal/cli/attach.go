package cli

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"banger/api"
	"banger/client"
	"banger/internal/problem"
)

// overdue is how long after --timeout the guest may take to end the command; it
// sends SIGTERM and then SIGKILL.
const overdue = 30 * time.Second

// attach runs a command in the guest with this process's streams, terminal and signals, and gives
// how it ended and the exit status for that. An error is banger's own failure.
func (a *app) attach(ctx context.Context, vm api.VM, f execFlags, args []string) (client.Exit, int, error) {
	exit, err := a.exec(ctx, vm, f, args) // after which the terminal is as it was
	if exit.TimedOut {
		a.notice(fmt.Sprintf("the command was ended after %v, as --timeout says", f.timeout))
	}
	return a.judge(ctx, exit, err)
}

func (a *app) exec(ctx context.Context, vm api.VM, f execFlags, args []string) (client.Exit, error) {
	x := f.command(a, args)
	with := client.Streams{Stdout: a.Stdout, Stderr: a.Stderr}
	if f.interactive || x.TTY || !isTerminal(a.Stdin) {
		with.Stdin = a.Stdin
	}
	if x.TTY {
		restore, err := a.raw()
		if err != nil {
			return client.Exit{}, err
		}
		defer restore()
		var end func()
		x.Rows, x.Cols, with.Resize, end = a.sizes()
		defer end()
	}
	signals, end := a.signals.toGuest()
	defer end()
	with.Signals = signals
	defer keepPipes()()
	if f.timeout > 0 {
		late := problem.New(problem.Timeout, "the guest has not ended the command %v after its time was over", overdue)
		limited, cancel := context.WithTimeoutCause(ctx, f.timeout+overdue, late)
		defer cancel()
		ctx = limited
	}
	return client.Exec(ctx, vm, x, with, a.notice)
}

// detach starts a command in the guest that runs on by itself.
func (a *app) detach(ctx context.Context, vm api.VM, f execFlags, args []string) error {
	x := f.command(a, args)
	x.Detach = true
	_, err := client.Exec(ctx, vm, x, client.Streams{}, a.notice)
	return err
}

// judge turns the end of a command into an exit status.
func (a *app) judge(ctx context.Context, exit client.Exit, err error) (client.Exit, int, error) {
	switch {
	case err == nil && exit.TimedOut:
		return exit, statusTimeout, nil
	case err == nil:
		return exit, exit.Status(), nil
	case errors.Is(err, syscall.EPIPE) && ctx.Err() == nil:
		return exit, statusSignal + int(syscall.SIGPIPE), nil // nobody reads on: not worth a word, as with any program
	}
	if refused := a.refused(err); errors.As(refused, new(exitStatus)) {
		return exit, int(refused.(exitStatus)), nil
	}
	return exit, 0, err
}

// refused says that the guest could not run the command and gives the status for that; other errors pass.
func (a *app) refused(err error) error {
	status, ok := client.RefusedStatus(err)
	if !ok {
		return err
	}
	a.sayError(err)
	return exitStatus(status)
}
