package vm

import (
	"context"
	"errors"
	"fmt"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/step"
	"banger/internal/store"
)

// Delete removes a VM, its row and its files. One that runs, or is about to, is
// refused unless force is true; it is killed then.
func (f *Fleet) Delete(ctx context.Context, ref string, force bool) error {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return err
	}
	u := ordinary
	if force {
		u = forced
	} else if err := mustNotRun(record); err != nil {
		return err
	}
	held, release, err := f.takeDisks(ctx, record.ID, u)
	if err != nil {
		return err
	}
	defer release()
	record, err = f.current(held, record)
	if problem.CodeOf(err) == problem.NotFound {
		return nil // whoever held it deleted it
	}
	if err == nil && !force {
		err = mustNotRun(record)
	}
	if err != nil {
		return err
	}
	ctx, cancel := unhurried(held)
	defer cancel()
	return f.remove(ctx, record)
}

func mustNotRun(record model.VMRecord) error {
	if !record.State.Live() {
		return nil
	}
	return problem.New(problem.Conflict, "VM %q is %s", record.Name, record.State).
		WithRemedy("stop it first (banger vm stop %s), or delete it with -f", record.Name)
}

// remove takes away everything of a VM whose lock is held. It can be called again
// when it was cut off: the row goes last, and says until then that it is to go.
func (f *Fleet) remove(ctx context.Context, record model.VMRecord) error {
	record, err := f.rooms.Records.VM(ctx, record.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("delete VM %q: %w", record.Name, err)
	}
	m := f.rooms.Machine(record.ID)
	return f.pipeline(ctx, "delete", &record,
		step.Step{Name: "write down that it is to go", Do: func(ctx context.Context) error { return f.markForRemoval(ctx, record) }},
		step.Step{Name: "end its machine", Do: func(ctx context.Context) error {
			f.unwatch(record.ID)
			_, err := m.Kill(ctx, "")
			return err
		}},
		step.Step{Name: "remove its files", Do: func(context.Context) error { return m.RemoveFiles() }},
		step.Step{Name: "remove its workspace", Do: func(ctx context.Context) error { return f.removeWorkspace(ctx, record.ID) }},
		step.Step{Name: "remove its row", Do: func(ctx context.Context) error { return f.removeRow(ctx, record) }},
	)
}

func (f *Fleet) removeRow(ctx context.Context, record model.VMRecord) error {
	if err := f.rooms.Records.DeleteVM(ctx, record.ID); err != nil {
		return err
	}
	f.ends.tell(record.ID)
	record.State = ""
	f.rooms.Changed(ctx, record)
	return nil
}

// markForRemoval makes the row say that the VM is to go as soon as it does not run.
func (f *Fleet) markForRemoval(ctx context.Context, record model.VMRecord) error {
	record.Spec.Ephemeral = true
	if record.State.Live() {
		record.State = model.StateStopping
	}
	return f.save(ctx, &record)
}
