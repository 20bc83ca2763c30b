package vm

import (
	"context"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/step"
)

// Pause makes a running VM stand still, with all that it does, until Resume. One that stands still is fine.
func (f *Fleet) Pause(ctx context.Context, ref string) (VM, error) {
	return f.change(ctx, ref, ordinary, func(ctx context.Context, record *model.VMRecord) error {
		if err := mustRun(*record); err != nil || record.State == model.StatePaused {
			return err
		}
		m := f.rooms.Machine(record.ID)
		return f.pipeline(ctx, "pause", record,
			step.Step{Name: "stop its processors", Do: m.Pause, Undo: m.Resume, Observe: f.runs(record.ID, true)},
			f.written("write down that it stands still", record, func(ctx context.Context) error {
				return f.move(ctx, record, eventPause, "")
			}),
		)
	})
}

// Resume lets a paused VM run on, with the time of now and new random numbers. One that runs is fine.
func (f *Fleet) Resume(ctx context.Context, ref string) (VM, error) {
	return f.change(ctx, ref, ordinary, func(ctx context.Context, record *model.VMRecord) error {
		if err := mustRun(*record); err != nil || record.State == model.StateRunning {
			return err
		}
		b := f.newBoot(record, material{}, way{}, nil)
		return f.pipeline(ctx, "resume", record,
			step.Step{Name: "let its processors run", Do: b.machine.Resume, Undo: b.machine.Pause, Observe: f.runs(record.ID, false)},
			step.Step{Name: "configure its guest", Do: b.configure},
			f.written("write down that it runs", record, func(ctx context.Context) error {
				record.Runtime.SelfTest = b.selfTest
				return f.move(ctx, record, eventUp, "")
			}),
		)
	})
}

// mustRun refuses a VM that has no guest that could be asked something.
func mustRun(record model.VMRecord) error {
	if record.State == model.StateRunning || record.State == model.StatePaused {
		return nil
	}
	return problem.New(problem.Conflict, "VM %q is %s", record.Name, record.State).WithRemedy("banger vm start %s", record.Name)
}

// change does something to a VM under its lock and gives the VM as it is then.
func (f *Fleet) change(ctx context.Context, ref string, u urgency, do func(context.Context, *model.VMRecord) error) (VM, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return VM{}, err
	}
	held, release, err := f.locks.take(ctx, record.ID, u)
	if err != nil {
		return VM{}, err
	}
	defer release()
	if record, err = f.current(held, record); err != nil {
		return VM{}, err
	}
	if err := do(held, &record); err != nil {
		return VM{}, err
	}
	return f.show(ctx, record) // done is done, whoever wants the lock by now
}
