package vm

import (
	"context"
	"errors"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/shim"
	"banger/internal/step"
)

// StopTimeout is how long a guest gets to power off when the caller does not say.
const StopTimeout = 10 * time.Second

// Stop asks the guest to power off and kills it when it has not after timeout (0 means
// StopTimeout). It ends a start that is under way. A VM that does not run is fine.
func (f *Fleet) Stop(ctx context.Context, ref string, timeout time.Duration) (VM, error) {
	return f.halt(ctx, ref, stopping, powerOff(timeout))
}

// ending is a way to bring a machine to its end.
type ending struct {
	verb string // for people
	end  func(context.Context, Machine) (shim.Exit, error)
}

// powerOff is that of Stop; 0 means StopTimeout.
func powerOff(timeout time.Duration) ending {
	if timeout <= 0 {
		timeout = StopTimeout
	}
	return ending{"stop", func(ctx context.Context, m Machine) (shim.Exit, error) { return m.PowerOff(ctx, timeout) }}
}

// halt brings a VM to an end and writes down how it ended.
func (f *Fleet) halt(ctx context.Context, ref string, u urgency, e ending) (VM, error) {
	return f.change(ctx, ref, u, func(ctx context.Context, record *model.VMRecord) error {
		if !record.State.Live() {
			return nil
		}
		return f.haltLive(ctx, record, e)
	})
}

// haltLive is halt for a VM whose lock is held. That its machine has ended is written down also when ctx has ended by then.
func (f *Fleet) haltLive(ctx context.Context, record *model.VMRecord, e ending) error {
	var exit shim.Exit
	return f.pipeline(context.WithoutCancel(ctx), e.verb, record,
		step.Step{
			Name: "write down that it is to end",
			Do: func(context.Context) error {
				f.unwatch(record.ID)
				return becauseOf(ctx, f.move(ctx, record, eventStop, ""))
			},
			Undo: func(ctx context.Context) error {
				if !record.State.Live() {
					return nil // it has ended, and that is written down
				}
				return f.settle(ctx, record)
			},
			Observe: f.says(record.ID, model.StateStopping),
		},
		step.Step{Name: "end its machine", Do: func(context.Context) (err error) {
			exit, err = e.end(ctx, f.rooms.Machine(record.ID))
			return becauseOf(ctx, err)
		}},
		step.Step{Name: "write down how it ended", Do: func(ctx context.Context) error {
			ctx, cancel := unhurried(ctx)
			defer cancel()
			return f.ended(ctx, record, exit)
		}},
	)
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
