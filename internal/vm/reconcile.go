package vm

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"banger/internal/model"
	"banger/internal/shim"
	"banger/internal/step"
)

// Reconcile makes every record say what is so, and finishes what an earlier daemon
// left half done. It is called once, before anything else. It returns when all is done
// or patience has passed; what takes longer, such as a guest that powers off slowly, goes
// on under its VM's lock.
func (f *Fleet) Reconcile(ctx context.Context, patience time.Duration) error {
	records, err := f.rooms.Records.VMs(ctx)
	if err != nil {
		return err
	}
	var work sync.WaitGroup
	for _, record := range records {
		f.dropStaged(ctx, record)
		if !record.State.Live() && !record.Spec.Ephemeral {
			continue
		}
		held, release, err := f.locks.take(f.life, record.ID, ordinary)
		if err != nil {
			return err
		}
		work.Add(1)
		f.watchers.Go(func() {
			defer work.Done()
			defer release()
			f.reconcile(held, record)
		})
	}
	f.tellOrphans(ctx, records)
	f.sweepWorkspaces(ctx, records)
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
	case <-ctx.Done():
	}
	return ctx.Err()
}

// reconcile deals with one record that claims to be live or is to go; its VM's lock is held.
func (f *Fleet) reconcile(ctx context.Context, record model.VMRecord) {
	was := record.State
	err := f.finish(ctx, &record)
	log := f.rooms.Log.With(slog.String("vm", record.ID), slog.String("name", record.Name), slog.String("was", string(was)))
	if err != nil {
		log.ErrorContext(ctx, "reconcile VM", slog.Any("error", err))
		return
	}
	log.InfoContext(ctx, "reconciled VM", slog.String("state", string(record.State)), slog.String("reason", record.Runtime.Reason))
}

func (f *Fleet) finish(ctx context.Context, record *model.VMRecord) error {
	if record.Spec.Ephemeral && record.State != model.StateRunning && record.State != model.StatePaused {
		return f.remove(ctx, *record)
	}
	return f.pipeline(ctx, "reconcile", record, f.finishing(record)...)
}

// finishing are the steps from what an earlier daemon has written down to what is so. They need no Undo: cut off, the next one
// goes on.
func (f *Fleet) finishing(record *model.VMRecord) []step.Step {
	var exit shim.Exit
	end := func(e ending) step.Step {
		return step.Step{Name: "end its machine", Do: func(ctx context.Context) (err error) {
			exit, err = e.end(ctx, f.rooms.Machine(record.ID))
			return err
		}}
	}
	switch record.State {
	case model.StateRunning, model.StatePaused:
		return []step.Step{{Name: "write down how it is", Do: func(ctx context.Context) error { return f.settle(ctx, record) }}}
	case model.StateStarting:
		return []step.Step{end(killed("")), {Name: "write down that it does not start", Do: func(ctx context.Context) error {
			return f.move(ctx, record, beforeStart(*record), "the daemon ended while it was starting")
		}}}
	}
	return []step.Step{end(powerOff(0)), {Name: "write down how it ended", Do: func(ctx context.Context) error {
		return f.ended(ctx, record, exit)
	}}}
}

// dropStaged removes the copies of a snapshot's disks that a restore has left which was cut off before it put them in place.
func (f *Fleet) dropStaged(ctx context.Context, record model.VMRecord) {
	if err := f.rooms.Machine(record.ID).DropStaged(); err != nil {
		f.rooms.Log.ErrorContext(ctx, "remove what a restore has left", slog.String("vm", record.ID), slog.Any("error", err))
	}
}

// tellOrphans names folders that no record speaks of. Nothing banger does leaves one,
// not even cut off in the middle, so the database has been replaced by another one, and the
// folders hold the user's disks: they are left alone.
func (f *Fleet) tellOrphans(ctx context.Context, records []model.VMRecord) {
	ids, err := f.rooms.MachineIDs()
	if err != nil {
		f.rooms.Log.ErrorContext(ctx, "look for machines without a record", slog.Any("error", err))
		return
	}
	for _, id := range ids {
		if !slices.ContainsFunc(records, func(r model.VMRecord) bool { return r.ID == id }) {
			f.rooms.Log.WarnContext(ctx, "a machine's folder has no record; it is left alone", slog.String("id", id))
		}
	}
}
