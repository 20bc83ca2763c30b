package vm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/shim"
	"banger/internal/workspace"
)

// Prepare asks for a workspace in a VM that runs.
type Prepare struct {
	workspace.Source
	Force  bool // overwrite what the guest has changed
	DryRun bool // only say what would be sent and overwritten
}

// Prepared is what came of it, or with DryRun what would.
type Prepared struct {
	VM   VM
	Plan *workspace.Plan
	Sent workspace.Sent
}

// Prepare puts a repository or folder into a running VM, or brings the one that is there up to date. An empty Path is that of the
// latest, with its place in the guest and the branch that was made for it. It holds the VM's workspace only: the VM can be stopped and deleted meanwhile, which ends it.
func (f *Fleet) Prepare(ctx context.Context, ref string, p Prepare, sink progress.Sink) (Prepared, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return Prepared{}, err
	}
	if record.State != model.StateRunning {
		return Prepared{}, notRunning(record)
	}
	if p.Path == "" {
		if err := hasWorkspace(record); err != nil {
			return Prepared{}, err
		}
		p.Path = record.Runtime.WorkspacePath
		p.GuestPath = cmp.Or(p.GuestPath, record.Runtime.WorkspaceGuestPath)
		p.Branch = cmp.Or(p.Branch, record.Runtime.WorkspaceBranch)
	}
	plan, err := workspace.Inspect(ctx, p.Source)
	if err != nil {
		return Prepared{}, err
	}
	sent, err := f.send(ctx, record, plan, p, sink)
	if err != nil {
		return Prepared{}, fmt.Errorf("put %s into VM %q: %w", plan.Root, record.Name, err)
	}
	if !p.DryRun {
		if record, err = f.hold(ctx, record, sent.Base); err != nil {
			return Prepared{}, err
		}
	}
	vm, err := f.show(ctx, record)
	return Prepared{VM: vm, Plan: plan, Sent: sent}, err
}

// send passes a plan's files, anew or over those of the one before.
func (f *Fleet) send(ctx context.Context, record model.VMRecord, plan *workspace.Plan, p Prepare, sink progress.Sink) (sent workspace.Sent, err error) {
	err = f.atBench(ctx, record, func(ctx context.Context, dir workspace.Dir) error {
		if err := dir.Stage(ctx, plan); err != nil {
			return err
		}
		sent, err = dir.Renew(ctx, f.rooms.Machine(record.ID), plan, workspace.RenewOptions{Force: p.Force, DryRun: p.DryRun, Name: record.Name}, sink)
		return err
	})
	return sent, err
}

// atBench does something with a VM's workspace while nobody else does.
func (f *Fleet) atBench(ctx context.Context, record model.VMRecord, do func(context.Context, workspace.Dir) error) error {
	held, release, err := f.benches.take(ctx, record.ID, ordinary)
	if err != nil {
		return err
	}
	defer release()
	err = noRoom(becauseOf(held, do(held, f.rooms.Workspace(record.ID))))
	if errors.Is(err, shim.ErrGone) {
		return problem.New(problem.Conflict, "VM %q does not run any more", record.Name).WithRemedy("banger vm show %s says why it ended", record.Name)
	}
	return err
}

// noRoom says what to do about a full disk.
func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return problem.New(problem.Exhausted, "%w", err).WithRemedy("make room on this host's disk, and try again")
	}
	return err
}

// hold writes down which workspace a VM has.
func (f *Fleet) hold(ctx context.Context, record model.VMRecord, base workspace.Base) (model.VMRecord, error) {
	held, release, err := f.locks.take(ctx, record.ID, ordinary)
	if err != nil {
		return record, err
	}
	defer release()
	now, err := f.current(held, record)
	if err == nil {
		holds(&now, base)
		err = f.save(held, &now)
	}
	return now, err
}

// Export says what is to become of the changes in a guest. All may be zero, which lists them.
type Export struct {
	Patch  bool   // a patch, for Patch to open
	Branch string // a new branch of the repository on the host
	Apply  bool   // changes in the working tree on the host
}

// Export brings the changes of a VM's workspace out; see package workspace.
func (f *Fleet) Export(ctx context.Context, ref string, e Export, sink progress.Sink) (out workspace.Exported, err error) {
	record, err := f.bench(ctx, ref)
	if err != nil {
		return out, err
	}
	o := workspace.ExportOptions{Branch: e.Branch, Apply: e.Apply, Name: record.Name}
	err = f.atBench(ctx, record, func(ctx context.Context, dir workspace.Dir) error {
		if e.Patch {
			o.Patch = dir.PatchFile()
		}
		out, err = dir.Export(ctx, f.rooms.Machine(record.ID), record.Runtime.WorkspaceGuestPath, o, sink)
		return err
	})
	if err != nil {
		return out, fmt.Errorf("export from VM %q: %w", record.Name, err)
	}
	return out, nil
}

// Patch opens the patch that the latest Export of a VM made. The caller closes it.
func (f *Fleet) Patch(ctx context.Context, ref string) (*os.File, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
	patch, err := os.Open(f.rooms.Workspace(record.ID).PatchFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.New(problem.NotFound, "no patch has been made of VM %q", record.Name).WithRemedy("banger vm workspace export %s", record.Name)
	}
	return patch, err
}

// Pending tells what of a VM's workspace has not been exported.
func (f *Fleet) Pending(ctx context.Context, ref string) (pending workspace.Pending, err error) {
	record, err := f.bench(ctx, ref)
	if err != nil {
		return pending, err
	}
	err = f.atBench(ctx, record, func(ctx context.Context, dir workspace.Dir) error {
		pending, err = dir.Look(ctx, f.rooms.Machine(record.ID), record.Runtime.WorkspaceGuestPath)
		return err
	})
	return pending, err
}

// Moved gives what HEAD of the repository on the host is now, and what it was when the VM's workspace was sent. It is empty where that cannot be
// told: a repository that is not there any more has not moved.
func (f *Fleet) Moved(ctx context.Context, ref string) (head, was string, err error) {
	record, err := f.resolve(ctx, ref)
	if err != nil || record.Runtime.WorkspaceHead == "" {
		return "", "", err
	}
	was = record.Runtime.WorkspaceHead
	if head, err = workspace.Head(ctx, record.Runtime.WorkspacePath); err != nil {
		head = ""
	}
	return head, was, nil
}

// bench finds a running VM that has a workspace.
func (f *Fleet) bench(ctx context.Context, ref string) (model.VMRecord, error) {
	record, err := f.resolve(ctx, ref)
	switch {
	case err != nil:
		return record, err
	case hasWorkspace(record) != nil:
		return record, hasWorkspace(record)
	case record.State != model.StateRunning:
		return record, notRunning(record)
	}
	return record, nil
}

func hasWorkspace(record model.VMRecord) error {
	if record.Runtime.WorkspacePath != "" {
		return nil
	}
	return problem.New(problem.Conflict, "VM %q has no workspace", record.Name).
		WithRemedy("banger vm workspace prepare %s PATH puts a repository into it", record.Name)
}
