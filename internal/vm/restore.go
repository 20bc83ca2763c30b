package vm

import (
	"context"
	"fmt"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/snapshot"
	"banger/internal/step"
)

// Restored is what comes of a restore.
type Restored struct {
	Started
	// Safety is the name of the snapshot of what was there before; empty when there is none.
	Safety string
}

// Restore makes a VM what it was when a snapshot of it was taken: its disks, and, when it ran then, its memory; it runs on from there. Otherwise it is stopped.
// What it is now is kept as a snapshot first, unless force is true or it has never run. The VM's name, address and machine id stay; its
// boot id and random numbers are new.
func (f *Fleet) Restore(ctx context.Context, ref, name string, force bool, sink progress.Sink) (Restored, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return Restored{}, err
	}
	snap, err := f.rooms.Records.SnapshotByName(ctx, name)
	if err == nil && snap.VMID != record.ID {
		err = problem.New(problem.Conflict, "snapshot %q is of another VM, which was called %q", name, snap.VMName).
			WithRemedy("banger snapshot list shows which is of which")
	}
	if err != nil {
		return Restored{}, err
	}
	m, err := f.gather(ctx, snap.Spec, f.imageOf(record), sink)
	if err == nil {
		err = restorable(snap, &m)
	}
	if err != nil {
		return Restored{}, err
	}
	sink.Phase("check snapshot " + name)
	from, err := f.rooms.Snapshots.Load(ctx, snap.ID, snap.Memory)
	if err != nil {
		return Restored{}, fmt.Errorf("snapshot %q: %w", name, err)
	}
	defer from.Close()
	held, release, err := f.takeDisks(ctx, record.ID, ordinary)
	if err != nil {
		return Restored{}, err
	}
	defer release()
	if record, err = f.current(held, record); err != nil {
		return Restored{}, err
	}
	return f.restore(held, record, snap, from, m, force, sink)
}

// restorable refuses memory that the kernel's files of today do not fit, and chooses the engine that it was saved by.
func restorable(snap model.Snapshot, m *material) error {
	if !snap.Memory {
		return nil
	}
	m.engine = snap.Engine
	if m.kernel.Sum() != snap.KernelSum {
		return problem.New(problem.Conflict, "the memory of snapshot %q is of another kernel %q than there is now", snap.Name, snap.Spec.Kernel).
			WithRemedy("import the kernel of then under that name: banger kernel import")
	}
	return nil
}

// restore works on a VM whose lock is held. Up to the end of its machine nothing of the present is lost.
func (f *Fleet) restore(ctx context.Context, record model.VMRecord, snap model.Snapshot, from *snapshot.Template, m material, force bool, sink progress.Sink) (Restored, error) {
	var result Restored
	machine := f.rooms.Machine(record.ID)
	var replaced bool // from here on the present is lost
	ran := record.State
	keep := f.safety(&record, &result.Safety, func() bool { return replaced || record.State != ran })
	if force || bare(record) {
		keep = step.Step{Name: keep.Name}
	}
	err := f.pipeline(ctx, "restore", &record,
		keep,
		step.Step{
			Name: "copy the snapshot's disks",
			Do: func(ctx context.Context) error {
				sink.Phase("restore " + record.Name)
				return machine.StageDisks(ctx, from.Snapshot().Dir)
			},
			Undo:    func(context.Context) error { return machine.DropStaged() },
			Observe: func(context.Context) (bool, error) { return machine.Staged() },
		},
		step.Step{Name: "end what runs", Do: func(ctx context.Context) error { return f.endFor(ctx, &record) }},
		step.Step{Name: "replace the disks", Do: func(context.Context) error {
			replaced = true
			return machine.ReplaceDisks()
		}},
		step.Step{Name: "write down what it is now", Do: func(ctx context.Context) error { return f.becomes(ctx, &record, snap) }},
	)
	if err != nil {
		return result, err
	}
	if !snap.Memory {
		result.VM, err = f.show(context.WithoutCancel(ctx), record) // done is done, whoever wants the lock by now
		return result, err
	}
	b := f.newBoot(&record, m, way{how: "restored from " + snap.Name, template: from, only: true}, sink)
	result.Started, err = f.start(ctx, b)
	return result, err
}

func (f *Fleet) endFor(ctx context.Context, record *model.VMRecord) error {
	if !record.State.Live() {
		return nil
	}
	if err := mustOutliveItsMachine(*record); err != nil {
		return err
	}
	return f.haltLive(ctx, record, killed(""))
}

// becomes writes down a stopped VM whose disks are those of a snapshot.
func (f *Fleet) becomes(ctx context.Context, record *model.VMRecord, snap model.Snapshot) error {
	ctx, cancel := unhurried(ctx)
	defer cancel()
	changed := *record
	changed.Spec = snap.Spec
	changed.State, changed.Runtime.Reason = model.StateStopped, "it was restored from "+snap.Name
	if changed.Runtime.StoppedAt.IsZero() {
		changed.Runtime.StoppedAt = now()
	}
	err := f.save(ctx, &changed)
	if err == nil {
		*record = changed
	}
	return err
}
