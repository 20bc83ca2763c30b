package vm

import (
	"context"
	"errors"
	"fmt"

	"banger/internal/model"
	"banger/internal/problem"
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
	held, release, err := f.locks.take(ctx, record.ID, u)
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
	f.unwatch(record.ID)
	record, err := f.rooms.Records.VM(ctx, record.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = f.markForRemoval(ctx, record)
	}
	m := f.rooms.Machine(record.ID)
	if err == nil {
		_, err = m.Kill(ctx, "")
	}
	if err == nil {
		err = m.RemoveFiles()
	}
	if err == nil {
		err = f.rooms.Records.DeleteVM(ctx, record.ID)
	}
	if err != nil {
		return fmt.Errorf("delete VM %q: %w", record.Name, err)
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
