package vm

import (
	"context"
	"errors"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/shim"
)

// StopTimeout is how long a guest gets to power off when the caller does not say.
const StopTimeout = 10 * time.Second

// Stop asks the guest to power off and kills it when it has not after timeout (0 means
// StopTimeout). It ends a start that is under way. A VM that does not run is fine.
func (f *Fleet) Stop(ctx context.Context, ref string, timeout time.Duration) (VM, error) {
	return f.halt(ctx, ref, stopping, powerOff(timeout))
}

// powerOff is the means of Stop; 0 means StopTimeout.
func powerOff(timeout time.Duration) func(context.Context, Machine) (shim.Exit, error) {
	if timeout <= 0 {
		timeout = StopTimeout
	}
	return func(ctx context.Context, m Machine) (shim.Exit, error) { return m.PowerOff(ctx, timeout) }
}

// halt brings a VM to an end by the given means and writes down how it ended.
func (f *Fleet) halt(ctx context.Context, ref string, u urgency, end func(context.Context, Machine) (shim.Exit, error)) (VM, error) {
	return f.change(ctx, ref, u, func(ctx context.Context, record *model.VMRecord) error {
		if !record.State.Live() {
			return nil
		}
		return f.haltLive(ctx, record, end)
	})
}

func (f *Fleet) haltLive(ctx context.Context, record *model.VMRecord, end func(context.Context, Machine) (shim.Exit, error)) error {
	f.unwatch(record.ID)
	err := f.move(ctx, record, eventStop, "")
	var exit shim.Exit
	if err == nil {
		exit, err = end(ctx, f.rooms.Machine(record.ID))
	}
	err = becauseOf(ctx, err)
	ctx, cancel := unhurried(ctx)
	defer cancel()
	if err != nil {
		return errors.Join(err, f.settle(ctx, record))
	}
	return f.ended(ctx, record, exit)
}

// StopAll stops every VM that runs, side by side, each with StopTimeout.
func (f *Fleet) StopAll(ctx context.Context) error {
	records, err := f.rooms.Records.VMs(ctx)
	if err != nil {
		return err
	}
	errs := make(chan error, len(records))
	for _, record := range records {
		go func() { errs <- f.stopForAll(ctx, record) }()
	}
	var all []error
	for range records {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

func (f *Fleet) stopForAll(ctx context.Context, record model.VMRecord) error {
	if !record.State.Live() {
		return nil
	}
	_, err := f.Stop(ctx, record.ID, 0)
	if problem.CodeOf(err) == problem.NotFound { // it was ephemeral and ended by itself
		return nil
	}
	return err
}
