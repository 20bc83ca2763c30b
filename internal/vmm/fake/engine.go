package fake

import (
	"context"
	"fmt"
	"os"

	"banger/internal/problem"
	"banger/internal/vmm"
	"banger/internal/vmm/child"
	"banger/internal/vmm/host"
)

// Role is the argument with which a program plays the guest: its main must then
// exit with RunGuest's result.
const Role = "fake-guest"

// Engine starts fake machines.
type Engine struct {
	// Command is the program that plays the guest; this program with Role unless set otherwise.
	Command []string
}

// New gives the engine. It cannot fail.
func New() (vmm.Engine, error) {
	// Not the path: another user may be unable to walk to it.
	return &Engine{Command: []string{"/proc/self/exe", Role}}, nil
}

// Name is "fake".
func (e *Engine) Name() string { return host.Fake }

// Features says what a fake machine can do.
func (e *Engine) Features() vmm.Features { return vmm.Features{Pause: true, Fork: true} }

// Start starts the process. What answers is the agent; there is no other control channel.
func (e *Engine) Start(ctx context.Context, spec vmm.Spec) (vmm.Machine, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if spec.Console == nil || spec.Log == nil {
		return nil, problem.New(problem.Internal, "a machine needs a console and a log")
	}
	bootID, err := bootID(spec.Restore)
	if err != nil {
		return nil, err
	}
	args := []string{bootID}
	if spec.Restore != nil {
		args = append(args, restored)
	}
	guest, guestEnd, err := child.Pair("guest link")
	if err != nil {
		return nil, err
	}
	defer guestEnd.Close()
	console, consoleEnd, err := child.Pair("console")
	if err != nil {
		guest.Close()
		return nil, err
	}
	defer consoleEnd.Close()
	files := []*os.File{guestEnd, consoleEnd}
	if spec.NIC.Wire != nil {
		files = append(files, spec.NIC.Wire) // nobody reads it, and it lives as long as the guest
	}
	process, err := child.Start(child.Command{
		Path: e.Command[0], Args: append(e.Command[1:len(e.Command):len(e.Command)], args...), Env: []string{"PATH=" + os.Getenv("PATH")},
		Files: files, Log: spec.Log, Attr: namespaces(spec.Credential),
	})
	if err != nil {
		guest.Close()
		console.Close()
		return nil, fmt.Errorf("start the fake guest: %w", err)
	}
	return supervise(process, guest, console, spec.Console, bootID), nil
}
