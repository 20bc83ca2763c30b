package vm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/snapshot"
	"banger/internal/step"
)

// maxForks is how many copies of a VM can be made at once.
const maxForks = 100

// Forks is what comes of a fork of a VM.
type Forks struct {
	VMs []VM // in no particular order
	// Paused is how long the VM that was forked stood still.
	Paused time.Duration
}

// Fork makes running copies of a running VM, which goes on: each has its memory and its disks of one moment, and a name, an
// address and an identity of its own. Commands that clients accompany end in the copies, since their clients are the first one's; others
// go on. When some copies fail, the others stay, and the error tells of those.
func (f *Fleet) Fork(ctx context.Context, ref string, count int, sink progress.Sink) (Forks, error) {
	if count < 1 || count > maxForks {
		return Forks{}, problem.New(problem.Invalid, "a VM can be forked 1 to %d times at once, not %d", maxForks, count).
			WithRemedy("choose another number")
	}
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return Forks{}, err
	}
	record.Spec = record.Running()
	m, err := f.gather(ctx, record.Spec, f.imageOf(record), sink)
	if err != nil {
		return Forks{}, err
	}
	sink.Phase("copy " + record.Name)
	var result Forks
	var moment *snapshot.Template
	remove := func(context.Context) error {
		if moment == nil {
			return nil
		}
		return moment.Remove()
	}
	err = f.pipeline(ctx, "fork", &record,
		step.Step{
			Name: "copy it",
			Do: func(ctx context.Context) (err error) {
				record, moment, result.Paused, err = f.capture(ctx, record, m)
				return err
			},
			Undo: remove,
			Observe: func(context.Context) (bool, error) {
				if moment == nil {
					return false, nil
				}
				return moment.Exists()
			},
		},
		step.Step{Name: "start the copies", Do: func(ctx context.Context) (err error) {
			m.engine = record.Runtime.Engine
			result.VMs, err = f.multiply(ctx, record, m, moment, count, sink)
			return err
		}},
		step.Step{Name: "remove the copy", Do: remove},
	)
	if err != nil && len(result.VMs) > 0 {
		err = fmt.Errorf("%w; of %d copies these were made: %s", err, count, named(recordsOf(result.VMs)))
	}
	return result, err
}

func recordsOf(vms []VM) []model.VMRecord {
	records := make([]model.VMRecord, len(vms))
	for i, v := range vms {
		records[i] = v.VMRecord
	}
	return records
}

// capture writes down a VM while its lock is held.
func (f *Fleet) capture(ctx context.Context, record model.VMRecord, m material) (model.VMRecord, *snapshot.Template, time.Duration, error) {
	held, release, err := f.takeDisks(ctx, record.ID, ordinary)
	if err != nil {
		return record, nil, 0, err
	}
	defer release()
	now, err := f.current(held, record)
	if err == nil {
		err = forkable(now, m)
	}
	if err != nil {
		return record, nil, 0, err
	}
	now.Spec = now.Running()
	moment, paused, err := f.rooms.Capture(held, now.ID)
	return now, moment, paused, becauseOf(held, err)
}

// forkable refuses a VM that has no memory to copy, or whose files have been replaced under it.
func forkable(record model.VMRecord, m material) error {
	switch {
	case record.State != model.StateRunning:
		return problem.New(problem.Conflict, "it is %s, and only a VM that runs can be forked", record.State).
			WithRemedy("banger vm start %s", record.Name)
	case record.Runtime.KernelSum != m.kernel.Sum():
		return problem.New(problem.Conflict, "its kernel %q has been replaced since it was started", record.Spec.Kernel).
			WithRemedy("restart it: banger vm stop %[1]s && banger vm start %[1]s", record.Name)
	}
	return nil
}

// multiply starts copies side by side.
func (f *Fleet) multiply(ctx context.Context, record model.VMRecord, m material, moment *snapshot.Template, count int, sink progress.Sink) ([]VM, error) {
	var mu sync.Mutex
	var vms []VM
	var errs []error
	var work sync.WaitGroup
	for range count {
		work.Go(func() {
			started, err := f.copyOf(ctx, record, m, moment, sink)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			vms = append(vms, started.VM)
		})
	}
	work.Wait()
	return vms, errors.Join(errs...)
}

// copyOf makes one copy.
func (f *Fleet) copyOf(ctx context.Context, record model.VMRecord, m material, moment *snapshot.Template, sink progress.Sink) (Started, error) {
	r := Request{Start: true}
	spec := record.Spec
	spec.Ephemeral = false
	spec.Publish = nil // the first one has those ports
	child := newRecord(r, spec, record.ImageID)
	held, release, err := f.locks.take(ctx, child.ID, ordinary)
	if err != nil {
		return Started{}, err
	}
	defer release()
	child.Runtime.WorkspacePath, child.Runtime.WorkspaceGuestPath = record.Runtime.WorkspacePath, record.Runtime.WorkspaceGuestPath
	child.Runtime.WorkspaceCommit, child.Runtime.WorkspaceHead = record.Runtime.WorkspaceCommit, record.Runtime.WorkspaceHead
	child.Runtime.WorkspaceBranch, child.Runtime.WorkspaceAt = record.Runtime.WorkspaceBranch, record.Runtime.WorkspaceAt
	w := way{how: "forked from " + record.Name, template: moment, only: true}
	b := f.newBoot(&child, m, w, sink)
	b.first = record.ID
	return f.create(held, b, r)
}
