package snapshot

import (
	"context"
	"io"
	"time"

	"banger/internal/guestlink"
	"banger/internal/machine"
	"banger/internal/step"
)

// Spare is a fork that waits.
type Spare struct {
	id    string
	guest guestlink.Hello
	from  *Template
	*machine.Machine
	lease io.Closer
}

// MachineID is the id of its machine.
func (s *Spare) MachineID() string { return s.id }

// Greeting is what its agent said of itself.
func (s *Spare) Greeting() guestlink.Hello { return s.guest }

// Release lets go of the spare, once its machine has been claimed.
func (s *Spare) Release() { s.lease.Close() }

// Discard ends the spare and removes its machine, unless it has been kept. It can be called again.
func (s *Spare) Discard(ctx context.Context) error {
	s.lease.Close()
	if !s.IsSpare() {
		return nil
	}
	if _, err := s.Kill(ctx, ""); err != nil {
		return err
	}
	return s.RemoveFiles()
}

// spareTimeout bounds the making of one.
const spareTimeout = 2 * time.Minute

func (s *Spares) make(ctx context.Context, t *Template, shape Shape, parts Parts) (*Spare, error) {
	ctx, cancel := context.WithTimeout(ctx, spareTimeout)
	defer cancel()
	id := newID()
	spare := &Spare{id: id, from: t, Machine: s.Machines.Machine(id), lease: io.NopCloser(nil)}
	err := step.Run(ctx,
		step.Step{Name: "make its folder", Do: func(context.Context) error { return spare.MarkSpare() }, Undo: spare.Discard, Observe: exists(spare.Machine)},
		step.Step{Name: "copy its disks", Do: func(ctx context.Context) error { return spare.CloneDisks(ctx, t.Snapshot().Dir) }},
		step.Step{Name: "start it", Do: func(ctx context.Context) error { return spare.start(ctx, shape, parts, s.User()) }},
		step.Step{Name: "rehearse", Do: func(ctx context.Context) error { return rehearse(ctx, spare.Machine, id) }},
	)
	if err != nil {
		return nil, err
	}
	return spare, nil
}

// start starts a spare and holds it from then on.
func (s *Spare) start(ctx context.Context, shape Shape, parts Parts, uid uint32) error {
	started, err := s.Start(ctx, machine.Launch{
		Name: "spare", Engine: shape.Engine, VCPUs: shape.VCPUs, MemoryMiB: shape.MemoryMiB,
		Rootfs: parts.Rootfs, Modules: parts.Modules, UID: uid, Ephemeral: true, Snapshot: s.from.Snapshot(),
	})
	if err != nil {
		return err
	}
	s.guest = started.Guest
	lease, err := s.Lease(ctx)
	if err == nil {
		s.lease = lease
	}
	return err
}
