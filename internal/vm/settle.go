package vm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/shim"
	"banger/internal/vmm"
)

// askTimeout is how long a shim gets to say how its machine is. It answers from
// memory, within a millisecond.
const askTimeout = 5 * time.Second

// settle asks a VM's machine how it is and makes the record say so. The VM's lock is held.
func (f *Fleet) settle(ctx context.Context, record *model.VMRecord) error {
	m := f.rooms.Machine(record.ID)
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	status, err := m.Status(asking)
	switch {
	case errors.Is(err, machine.ErrNotRunning):
		return f.ended(ctx, record, m.LastExit())
	case err != nil:
		return fmt.Errorf("ask how VM %q is: %w", record.Name, err)
	}
	e := eventUp
	if status.Paused {
		e = eventPause
	}
	if err := f.move(ctx, record, e, ""); err != nil {
		return err
	}
	f.watch(record.ID)
	return nil
}

// ended writes down that a machine is gone, and removes a VM that is ephemeral.
func (f *Fleet) ended(ctx context.Context, record *model.VMRecord, exit shim.Exit) error {
	state, err := next(*record, eventEnd)
	if err != nil {
		return err
	}
	stopped := *record
	stopped.State, stopped.Runtime.Reason, stopped.Runtime.StoppedAt = state, reason(exit), exit.At.UTC()
	if record.Spec.Ephemeral {
		err = f.remove(ctx, *record)
	} else {
		err = f.save(ctx, &stopped)
	}
	if err == nil {
		*record = stopped
	}
	return err
}

// reason is one sentence on how a machine ended.
func reason(exit shim.Exit) string {
	why := map[vmm.Cause]string{
		vmm.CausePowerOff: "the guest powered off",
		vmm.CauseReset:    "the guest rebooted or panicked",
		vmm.CauseKilled:   "its engine was killed from outside",
		vmm.CauseFailed:   "it failed",
	}[exit.Cause]
	switch {
	case exit.Asked && exit.Cause == vmm.CausePowerOff:
		why = "it was stopped"
	case exit.Asked:
		why = "it was killed"
	}
	if exit.Detail != "" {
		why += ": " + exit.Detail
	}
	return why
}
