package snapshot

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"banger/internal/guestlink"
	"banger/internal/machine"
	"banger/internal/progress"
	"banger/internal/step"
)

// Parts are the files that a guest boots from. Paths are absolute.
type Parts struct {
	Kernel, Initramfs, Rootfs, Modules string
}

// Make makes the template of a shape, whose Host it fills in, if there is none. Two at once are one. When it fails
// or ctx ends, nothing is left. It takes as long as a boot, and gives way to everything else that runs.
func (ts *Templates) Make(ctx context.Context, shape Shape, parts Parts, sink progress.Sink) error {
	if !ts.Enabled() {
		return nil
	}
	shape.Host = ts.Host
	// One at a time, whatever the shape: it is nobody's first concern.
	_, err := ts.making.Do(ctx, "", sink, func(ctx context.Context, sink progress.Sink) (none struct{}, err error) {
		if t, err := ts.Find(ctx, shape); err != nil || t != nil {
			return none, err
		}
		sink.Phase("boot a template")
		if err := ts.make(ctx, shape, parts, sink); err != nil {
			return none, fmt.Errorf("make a template: %w", err)
		}
		return none, ts.trim(ctx, shape.key())
	})
	return err
}

func (ts *Templates) make(ctx context.Context, shape Shape, parts Parts, sink progress.Sink) error {
	id := newID()
	b := maker{templates: ts, shape: shape, parts: parts, machine: ts.Makers.Machine(id), stage: ts.path(".new-" + id)}
	return step.Run(ctx,
		folder("make a folder", b.stage),
		step.Step{Name: "boot it", Do: b.boot, Undo: b.end, Observe: exists(b.machine)},
		step.Step{Name: "warm it up", Do: b.warm},
		step.Step{Name: "write it down", Do: b.save},
		step.Step{Name: "end it", Do: b.end},
		step.Step{Name: "write down what it holds", Do: b.describe},
		ts.place(b.stage, shape.key()),
	)
}

// newID names a machine that becomes a template.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// maker makes one template.
type maker struct {
	templates *Templates
	shape     Shape
	parts     Parts
	machine   *machine.Machine
	stage     string
	lease     interface{ Close() error }
}

// exists is the Observe of a machine.
func exists(m *machine.Machine) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return m.Exists() }
}

func (b *maker) boot(ctx context.Context) error {
	if err := b.machine.CreateDisks(ctx, b.shape.System, b.shape.Work); err != nil {
		return err
	}
	_, err := b.machine.Start(ctx, machine.Launch{
		Name: "template", Engine: b.shape.Engine, VCPUs: b.shape.VCPUs, MemoryMiB: b.shape.MemoryMiB,
		Kernel: b.parts.Kernel, Initramfs: b.parts.Initramfs, Rootfs: b.parts.Rootfs, Modules: b.parts.Modules,
		UID: b.templates.UID, Ephemeral: true, Idle: true, Unwired: true,
	})
	if err == nil {
		b.lease, err = b.machine.Lease(ctx) // it ends with this daemon
	}
	return err
}

// guestTimeout bounds what the guest is asked to do, on a host that has better things to do.
const guestTimeout = time.Minute

// warm runs a command, so that the code is in memory that the first one of a fork needs.
func (b *maker) warm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, guestTimeout)
	defer cancel()
	exit, err := b.machine.Exec(ctx, guestlink.Exec{Args: []string{"true"}})
	if err == nil && exit.Status() != 0 {
		err = fmt.Errorf("`true` ended with %d in the guest", exit.Status())
	}
	return err
}

func (b *maker) save(ctx context.Context) error {
	_, err := b.machine.Snapshot(ctx, b.stage)
	return err
}

// end ends the guest and removes its machine, as often as it is called.
func (b *maker) end(ctx context.Context) error {
	_, err := b.machine.Kill(ctx, "")
	if b.lease != nil {
		b.lease.Close()
	}
	if err != nil {
		return err
	}
	return b.machine.RemoveFiles()
}

func (b *maker) describe(ctx context.Context) error { return describe(ctx, b.stage, b.shape, files) }

// place is the step from which on the template is found.
func (ts *Templates) place(stage, key string) step.Step {
	s := placed("put it in its place", stage, ts.path(key))
	remove := s.Undo
	s.Undo = func(ctx context.Context) error {
		ts.mu.Lock()
		defer ts.mu.Unlock()
		ts.unload(key) // somebody may have found it
		return remove(ctx)
	}
	return s
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// endMakers ends and removes machines that an earlier daemon was making templates of.
func (ts *Templates) endMakers(ctx context.Context) error {
	ids, err := ts.Makers.IDs()
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		m := ts.Makers.Machine(id)
		if _, err := m.Kill(ctx, ""); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, m.RemoveFiles())
	}
	return errors.Join(errs...)
}
