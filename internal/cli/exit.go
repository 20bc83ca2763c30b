package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/internal/problem"
)

// The exit statuses that are banger's own.
const (
	statusFailed     = 1
	statusWrongUsage = 2
	statusTimeout    = 124 // as timeout(1) has it
	statusOwnFailure = 125 // of run and exec, as env(1) has it
	statusSignal     = 128 // plus the signal's number
)

// exitStatus is an end with a status about which everything has been said.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// interruption is the cause of a context that a signal ended.
type interruption struct{ signal syscall.Signal }

func (i interruption) Error() string { return "interrupted" }

// usageError is a mistake in how a command was typed.
type usageError struct {
	text   string
	remedy string
}

func usage(format string, args ...any) *usageError {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

func (e *usageError) hint(format string, args ...any) *usageError {
	e.remedy = fmt.Sprintf(format, args...)
	return e
}

func (e *usageError) Error() string { return e.text }

// guestStatus marks commands whose exit status is the guest command's.
const guestStatus = "guest-status"

// finish says what went wrong and turns it into the exit status.
func (a *app) finish(ctx context.Context, cmd *cobra.Command, err error) int {
	if err == nil {
		return 0
	}
	if status, ok := errors.AsType[exitStatus](err); ok {
		return int(status)
	}
	cut, interrupted := errors.AsType[interruption](context.Cause(ctx))
	if interrupted && errors.Is(err, context.Canceled) {
		err = cut
	}
	if a.command != nil {
		err = a.meant(context.WithoutCancel(ctx), err, a.command.Flags().Args()...)
	}
	_, wrong := errors.AsType[*usageError](err)
	wrong = wrong || !a.running // cobra's own errors come before a command runs
	if wrong {
		err = &usageError{text: err.Error(), remedy: remedyOf(cmd, err)}
	}
	a.sayError(err)
	switch _, guest := cmd.Annotations[guestStatus]; {
	case guest && interrupted:
		return statusSignal + int(cut.signal)
	case guest:
		return statusOwnFailure
	case wrong:
		return statusWrongUsage
	}
	return statusFailed
}

func remedyOf(cmd *cobra.Command, err error) string {
	if wrong, ok := errors.AsType[*usageError](err); ok && wrong.remedy != "" {
		return wrong.remedy
	}
	if remedy := problem.RemedyOf(err); remedy != "" { // of the value of a flag
		return remedy
	}
	if _, guest := cmd.Annotations[guestStatus]; guest {
		return cmd.CommandPath() + " --help; the command for the guest goes after --"
	}
	return cmd.CommandPath() + " --help"
}

// sayError prints an error and its remedy on standard error: as JSON when --json asks for it.
func (a *app) sayError(err error) {
	code, remedy := problem.CodeOf(err), problem.RemedyOf(err)
	if wrong, ok := errors.AsType[*usageError](err); ok {
		code, remedy = problem.Invalid, wrong.remedy
	}
	if errors.As(err, new(interruption)) {
		code = problem.Canceled
	}
	if a.json {
		a.event(api.Problem{Type: "about:blank", Title: string(code), Detail: err.Error(), Code: string(code), Remedy: remedy, Operation: problem.OperationOf(err)})
		return
	}
	text, l := strings.TrimRight(plainText(err.Error()), "\n"), a.style(a.Stderr)
	fmt.Fprintf(a.Stderr, "%s %s\n", l.paint("banger:", red), text)
	if remedy != "" {
		fmt.Fprintf(a.Stderr, "%s %s\n", l.paint("hint:", dim), plainText(remedy))
	}
	if id := problem.OperationOf(err); id != "" && code == problem.Internal {
		fmt.Fprintf(a.Stderr, "its id in banger daemon logs is %s\n", plainText(id))
	}
}
