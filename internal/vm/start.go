package vm

import (
	"context"
	"fmt"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/step"
)

// Start starts a VM that exists. One that runs already is fine. When it fails the VM
// is in state error, with the reason; when ctx ends, or a stop comes, it is as before.
func (f *Fleet) Start(ctx context.Context, ref string, sink progress.Sink) (Started, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return Started{}, err
	}
	if record.State == model.StateRunning {
		return f.alreadyStarted(ctx, record)
	}
	return f.startWith(ctx, record, ordinary, sink, nil)
}

// Restart stops a VM that runs, as Stop does, and starts it; it is as Start for one that does not. Image and kernel are looked for first.
func (f *Fleet) Restart(ctx context.Context, ref string, timeout time.Duration, sink progress.Sink) (Started, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return Started{}, err
	}
	return f.startWith(ctx, record, stopping, sink, func(ctx context.Context, record *model.VMRecord) error {
		if !record.State.Live() {
			return nil
		}
		if err := mustOutliveItsMachine(*record); err != nil {
			return err
		}
		sink.Phase("stop " + record.Name)
		return f.haltLive(ctx, record, powerOff(timeout))
	})
}

// mustOutliveItsMachine refuses a VM that would be gone as soon as it is stopped.
func mustOutliveItsMachine(record model.VMRecord) error {
	if !record.Spec.Ephemeral {
		return nil
	}
	return problem.New(problem.Conflict, "VM %q is deleted as soon as it does not run (--rm)", record.Name).
		WithRemedy("fork it: the copies stay")
}

// startWith starts a VM under its lock, once it has been made ready for that.
func (f *Fleet) startWith(ctx context.Context, record model.VMRecord, u urgency, sink progress.Sink, ready func(context.Context, *model.VMRecord) error) (Started, error) {
	begin := time.Now()
	m, err := f.gather(ctx, record.Spec, f.imageOf(record), sink)
	if err != nil {
		return Started{}, err
	}
	held, release, err := f.takeDisks(ctx, record.ID, u)
	if err != nil {
		return Started{}, err
	}
	defer release()
	if record, err = f.current(held, record); err != nil {
		return Started{}, err
	}
	if ready != nil {
		if err := ready(held, &record); err != nil {
			return Started{}, err
		}
	}
	switch record.State {
	case model.StateRunning:
		return f.alreadyStarted(ctx, record)
	case model.StatePaused:
		return Started{}, problem.New(problem.Conflict, "VM %q is paused", record.Name).WithRemedy("banger vm resume %s", record.Name)
	}
	w := way{how: bootedAgain}
	if bare(record) {
		if w, err = f.way(held, record.Spec, m); err != nil {
			return Started{}, err
		}
	}
	b := f.newBoot(&record, m, w, sink)
	b.phase("prepare", begin)
	return f.start(held, b)
}

func (f *Fleet) start(ctx context.Context, b *boot) (Started, error) {
	begin := step.Step{
		Name: "write down that it starts",
		Do: func(ctx context.Context) error {
			return f.admit(ctx, b.record, true, func(ctx context.Context) error { return f.move(ctx, b.record, eventStart, "") })
		},
		Undo:    func(undoing context.Context) error { return f.startFailed(undoing, b.record, ctx.Err() != nil) },
		Observe: f.says(b.record.ID, model.StateStarting),
	}
	if err := f.pipeline(ctx, "start", b.record, append([]step.Step{begin}, b.steps()...)...); err != nil {
		return Started{}, err
	}
	f.watch(b.record.ID)
	b.settleIn(ctx)
	return Started{VM: f.view(*b.record, b.material.image.Name), Phases: b.phases, Notices: b.notices}, nil
}

func (f *Fleet) alreadyStarted(ctx context.Context, record model.VMRecord) (Started, error) {
	vm, err := f.show(ctx, record)
	return Started{VM: vm}, err
}

// startFailed writes down what came of a start whose machine is gone again.
func (f *Fleet) startFailed(ctx context.Context, record *model.VMRecord, gaveUp bool) error {
	now, err := f.current(ctx, *record)
	if err != nil || now.State != model.StateStarting {
		return err // it came not even so far
	}
	*record = now
	why := fmt.Sprintf("start VM %q: %v", record.Name, step.Why(ctx))
	switch {
	case record.Spec.Ephemeral:
		return f.remove(ctx, *record)
	case gaveUp:
		return f.move(ctx, record, beforeStart(*record), "its start was given up: "+why)
	}
	return f.move(ctx, record, eventFail, why)
}

// beforeStart is the event that leads back from starting.
func beforeStart(record model.VMRecord) event {
	if record.Runtime.StartedAt.IsZero() {
		return eventNeverRan
	}
	return eventAbandon
}
