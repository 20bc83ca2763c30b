package vm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/step"
	"banger/internal/store"
)

// pipeline runs steps on a VM whose lock is held; what wants that lock more urgently ends them.
func (f *Fleet) pipeline(ctx context.Context, verb string, record *model.VMRecord, steps ...step.Step) error {
	steps = slices.Clone(steps)
	for i, s := range steps {
		if s.Do != nil {
			steps[i].Do = func(ctx context.Context) error { return becauseOf(ctx, s.Do(ctx)) }
		}
	}
	if err := step.Run(ctx, steps...); err != nil {
		return fmt.Errorf("%s VM %q: %w", verb, record.Name, err)
	}
	return nil
}

// written is the step of a pipeline that changes a VM's row, by do. Undone, the row is what it was before.
func (f *Fleet) written(name string, record *model.VMRecord, do func(context.Context) error) step.Step {
	var before *model.VMRecord // nil until it has begun
	return step.Step{
		Name: name,
		Do: func(ctx context.Context) error {
			was := *record
			before = &was
			return do(ctx)
		},
		Undo: func(ctx context.Context) error {
			if before == nil {
				return nil
			}
			*record = *before
			return f.save(ctx, record)
		},
		Observe: func(ctx context.Context) (bool, error) {
			now, err := f.rooms.Records.VM(ctx, record.ID)
			return before != nil && !alike(now, *before), err
		},
	}
}

// alike reports whether two records say the same of what a VM is and should be.
func alike(a, b model.VMRecord) bool {
	x, err := json.Marshal(a.Spec)
	y, otherErr := json.Marshal(b.Spec)
	return err == nil && otherErr == nil && bytes.Equal(x, y) && a.State == b.State && a.Name == b.Name
}

// says is the Observe of a row: whether there is one, in one of these states if any are named.
func (f *Fleet) says(id string, states ...model.State) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		record, err := f.rooms.Records.VM(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return err == nil && (len(states) == 0 || slices.Contains(states, record.State)), err
	}
}

// exists is the Observe of a machine's folder and socket.
func (f *Fleet) exists(id string) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return f.rooms.Machine(id).Exists() }
}

// runs is the Observe of a machine that runs, and stands still or does not.
func (f *Fleet) runs(id string, paused ...bool) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		status, err := f.rooms.Machine(id).Status(ctx)
		if errors.Is(err, machine.ErrNotRunning) {
			return false, nil
		}
		return err == nil && (len(paused) == 0 || slices.Contains(paused, status.Paused)), err
	}
}
