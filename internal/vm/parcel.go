package vm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"banger/internal/model"
	"banger/internal/step"
	"banger/internal/workspace"
)

// parcel is the workspace that goes into a new VM. What can be made of it without a guest is made while that starts.
type parcel struct {
	plan   *workspace.Plan
	dir    workspace.Dir
	cancel context.CancelFunc
	staged chan error // gives one, when all is made
	sent   workspace.Sent
}

// inspect looks at what is to go, if anything is.
func inspect(ctx context.Context, source *workspace.Source) (*workspace.Plan, error) {
	if source == nil {
		return nil, nil
	}
	return workspace.Inspect(ctx, *source)
}

// stage begins to make what goes along.
func (p *parcel) stage() step.Step {
	return step.Step{
		Name: "begin to pack its workspace",
		Do: func(ctx context.Context) error {
			ctx, p.cancel = context.WithCancel(ctx)
			p.staged = make(chan error, 1)
			go func() { p.staged <- p.dir.Stage(ctx, p.plan) }()
			return nil
		},
		Undo: func(context.Context) error {
			if p.cancel != nil {
				p.cancel()
				p.staged <- <-p.staged
			}
			return p.dir.Remove()
		},
		Observe: func(context.Context) (bool, error) { return p.dir.Exists() },
	}
}

// bring sends it to the guest.
func (b *boot) bring(ctx context.Context) error {
	begin := time.Now()
	err := <-b.parcel.staged
	b.parcel.staged <- err
	b.phase("history", begin)
	begin = time.Now()
	if err == nil {
		b.parcel.sent, err = b.parcel.dir.Send(ctx, b.machine, b.parcel.plan, b.sink)
	}
	if err != nil {
		return fmt.Errorf("put %s into the guest: %w", b.parcel.plan.Root, noRoom(err))
	}
	b.parcel.cancel()
	b.phase("workspace", begin)
	return nil
}

// plan is what the boot's parcel was, nil without one.
func (b *boot) plan() *workspace.Plan {
	if b.parcel == nil {
		return nil
	}
	return b.parcel.plan
}

// holds writes into a record which workspace its VM has.
func holds(record *model.VMRecord, base workspace.Base) {
	run := &record.Runtime
	run.WorkspacePath, run.WorkspaceGuestPath = base.Root, base.GuestPath
	run.WorkspaceCommit, run.WorkspaceHead, run.WorkspaceBranch = base.Commit, base.Head, base.Own
	run.WorkspaceAt = base.At.UTC().Truncate(time.Second)
}

// removeWorkspace removes what was kept of a VM's workspace. Who sends or fetches files of it gives up.
func (f *Fleet) removeWorkspace(ctx context.Context, id string) error {
	_, release, err := f.benches.take(ctx, id, forced)
	if err != nil {
		return err
	}
	defer release()
	return f.rooms.Workspace(id).Remove()
}

// copyWorkspace gives a copy of a VM what was sent to the first one.
func (f *Fleet) copyWorkspace(from, to string) step.Step {
	dir := f.rooms.Workspace(to)
	return step.Step{
		Name: "copy what is known of its workspace",
		Do: func(context.Context) error {
			there, err := f.rooms.Workspace(from).Exists()
			if err != nil || !there {
				return err
			}
			return workspace.Copy(f.rooms.Workspace(from), dir)
		},
		Undo:    func(context.Context) error { return dir.Remove() },
		Observe: func(context.Context) (bool, error) { return dir.Exists() },
	}
}

// sweepWorkspaces removes what is left of VMs that are gone.
func (f *Fleet) sweepWorkspaces(ctx context.Context, records []model.VMRecord) {
	ids, err := f.rooms.WorkspaceIDs()
	known := make(map[string]bool, len(records))
	for _, record := range records {
		known[record.ID] = true
	}
	for _, id := range ids {
		if !known[id] {
			err = errors.Join(err, f.rooms.Workspace(id).Remove())
		}
	}
	if err != nil {
		f.rooms.Log.ErrorContext(ctx, "remove what is left of workspaces", "error", err)
	}
}
