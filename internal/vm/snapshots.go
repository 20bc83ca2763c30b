package vm

import (
	"context"
	"errors"

	"banger/internal/model"
	"banger/internal/namegen"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/step"
	"banger/internal/store"
)

// Snapshot keeps a VM as it is, under a name: with its memory when it runs, and it goes on. A VM that
// has never run has nothing to keep.
func (f *Fleet) Snapshot(ctx context.Context, ref, name string, sink progress.Sink) (model.Snapshot, error) {
	if err := namegen.ValidName(name); err != nil {
		return model.Snapshot{}, err
	}
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return model.Snapshot{}, err
	}
	held, release, err := f.disks.take(ctx, record.ID, ordinary)
	if err != nil {
		return model.Snapshot{}, err
	}
	defer release()
	sink.Phase("snapshot " + record.Name)
	if record, err = f.current(held, record); err != nil {
		return model.Snapshot{}, err
	}
	if record.State.Live() { // else nobody can start it now, and other verbs need not wait
		if held, release, err = f.locks.take(held, record.ID, ordinary); err != nil {
			return model.Snapshot{}, err
		}
		defer release()
		if record, err = f.current(held, record); err != nil {
			return model.Snapshot{}, err
		}
	}
	return f.keep(held, record, name)
}

// keep writes down a VM whose lock is held: its files first, then its row.
func (f *Fleet) keep(ctx context.Context, record model.VMRecord, name string) (model.Snapshot, error) {
	snap := model.Snapshot{
		ID: newID(), Name: name, VMID: record.ID, VMName: record.Name, ImageID: record.ImageID,
		Memory: record.State == model.StateRunning, Engine: record.Runtime.Engine, KernelSum: record.Runtime.KernelSum,
		Spec: record.Spec, CreatedAt: now(),
	}
	if snap.Memory {
		snap.Spec = record.Running()
	}
	snap.Spec.Ephemeral = false
	if err := f.keepable(ctx, record, name); err != nil {
		return snap, becauseOf(ctx, err)
	}
	err := f.pipeline(ctx, "snapshot", &record,
		step.Step{
			Name:    "write its files",
			Do:      func(ctx context.Context) error { return f.rooms.Snapshots.Save(ctx, snap.ID, record.ID, snap.Memory) },
			Undo:    func(context.Context) error { return f.rooms.Snapshots.Remove(snap.ID) },
			Observe: func(context.Context) (bool, error) { return f.rooms.Snapshots.Exists(snap.ID) },
		},
		step.Step{
			Name: "write it down", Do: func(ctx context.Context) error { return f.createSnapshot(ctx, snap) },
			Undo: func(ctx context.Context) error { return f.forgetSnapshot(ctx, snap) }, Observe: f.keeps(snap),
		},
	)
	return snap, err
}

func (f *Fleet) createSnapshot(ctx context.Context, snap model.Snapshot) error {
	err := f.rooms.Records.CreateSnapshot(ctx, snap)
	if err == nil {
		f.rooms.ChangedSnapshot(ctx, snap, true)
	}
	return err
}

func (f *Fleet) keepable(ctx context.Context, record model.VMRecord, name string) error {
	_, err := f.rooms.Records.SnapshotByName(ctx, name)
	switch {
	case err == nil:
		return problem.New(problem.Taken, "a snapshot called %q exists already", name).
			WithRemedy("choose another name, or delete that one: banger snapshot delete %s", name)
	case !errors.Is(err, store.ErrNotFound):
		return err
	case bare(record):
		return problem.New(problem.Conflict, "VM %q has never run: there is nothing to keep", record.Name).
			WithRemedy("banger vm start %s", record.Name)
	case record.State.Live() && record.State != model.StateRunning:
		return problem.New(problem.Conflict, "VM %q is %s; it can be kept when it runs and when it is stopped", record.Name, record.State).
			WithRemedy("wait until it is one of them")
	}
	return nil
}

// Snapshots lists every snapshot, oldest first.
func (f *Fleet) Snapshots(ctx context.Context) ([]model.Snapshot, error) {
	return f.rooms.Records.Snapshots(ctx)
}

// SnapshotNamed gives one snapshot.
func (f *Fleet) SnapshotNamed(ctx context.Context, name string) (model.Snapshot, error) {
	return f.rooms.Records.SnapshotByName(ctx, name)
}
