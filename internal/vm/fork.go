package vm

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/snapshot"
)

// The ways of a start, in words for people.
const (
	forked        = "forked"
	forkedBefore  = "forked: a spare was ready"
	bootedAgain   = "booted: it has run before"
	bootedAsked   = "booted: as --no-fork says"
	bootedOff     = "booted: template_budget is 0"
	bootedFirst   = "booted: no template for %d vcpu and %d MiB yet"
	bootedInstead = "booted: a fork failed: %v"
)

// way is how a VM is started.
type way struct {
	how      string             // for people: forked, or booted and why
	template *snapshot.Template // what it forks from; nil when it boots
	shape    snapshot.Shape     // of a template of Templates; zero otherwise
	spare    Spare              // a fork that runs already
	wanting  bool               // there is no template of just its shape
	only     bool               // there is no other way: the template is of one certain VM
}

// way finds the template that a VM without disks of its own can be forked from: one of just its shape, else one with
// disks of the default sizes if they can be grown to its own, which takes the guest a second for a hundred GiB. That there is none of just
// its shape is noted, so that it can be made when the VM runs.
func (f *Fleet) way(ctx context.Context, spec model.Spec, m material) (way, error) {
	switch {
	case spec.NoFork:
		return way{how: bootedAsked}, nil
	case !f.rooms.Templates.Enabled():
		return way{how: bootedOff}, nil
	}
	exact := shapeOf(spec, m)
	usual := exact
	usual.System, usual.Work = f.settings.System, f.settings.Disk
	for _, shape := range []snapshot.Shape{exact, usual} {
		if shape.System > spec.SystemBytes || shape.Work > spec.DiskBytes {
			continue
		}
		t, err := f.rooms.Templates.Find(ctx, shape)
		if err != nil {
			return way{}, err
		}
		if t != nil {
			return way{how: forked, template: t, shape: shape, wanting: shape != exact}, nil
		}
	}
	return way{how: fmt.Sprintf(bootedFirst, spec.VCPU, spec.MemoryMiB), wanting: true}, nil
}

// larger gives the sizes of a VM's disks that are larger than its template's, by serial.
func (w way) larger(spec model.Spec) map[string]int64 {
	sizes := map[string]int64{}
	if w.shape.System > 0 && spec.SystemBytes > w.shape.System {
		sizes["system"] = spec.SystemBytes
	}
	if w.shape.Work > 0 && spec.DiskBytes > w.shape.Work {
		sizes["work"] = spec.DiskBytes
	}
	return sizes
}

// takeSpare gives the way of a VM that is new, which can be a fork that runs already.
func (f *Fleet) takeSpare(ctx context.Context, spec model.Spec, m material) (way, error) {
	w, err := f.way(ctx, spec, m)
	if err == nil && w.template != nil {
		if w.spare = f.rooms.Spares.Take(w.template, w.shape, m.parts()); w.spare != nil {
			w.how = forkedBefore
		}
	}
	return w, err
}

// discard ends a spare that has not been claimed.
func (w way) discard(ctx context.Context) error {
	if w.spare == nil {
		return nil
	}
	return w.spare.Discard(ctx)
}

// claim makes a spare this VM's machine. It is kept from here on, whatever happens.
func (b *boot) claim(ctx context.Context) error {
	defer b.phase("claim", time.Now())
	defer b.spare.Release()
	spec := b.record.Spec
	larger := b.larger(spec)
	network, err := b.fleet.network(*b.record)
	if err != nil {
		return err
	}
	c := machine.Claim{Name: b.record.Name, Network: network, Ephemeral: spec.Ephemeral, IdleStop: idleStop(spec), System: larger["system"], Work: larger["work"]}
	if err := b.machine.Keep(); err != nil {
		return err
	}
	b.guest = b.spare.Greeting()
	return b.machine.Claim(ctx, c)
}

// giveUpSpare makes a start whose spare could not be claimed one that forks anew.
func (b *boot) giveUpSpare(ctx context.Context, why error) error {
	b.fleet.rooms.Log.WarnContext(ctx, "a spare could not be claimed", slog.String("vm", b.record.ID), slog.Any("error", why))
	b.how, b.spare = forked, nil
	if err := b.kill(ctx); err != nil {
		return err
	}
	return b.makeDisks(ctx)
}

// giveUpFork makes a start whose fork has failed one that boots. The template is not used again: a guest that
// cannot go on from it is all that is known of it, and it can be made anew.
func (b *boot) giveUpFork(ctx context.Context, why error) error {
	b.fleet.rooms.Templates.PutAside(ctx, b.template, why)
	b.how, b.template, b.wanting = fmt.Sprintf(bootedInstead, why), nil, true
	if err := b.kill(ctx); err != nil {
		return err
	}
	return b.makeDisks(ctx)
}

// settleIn does in the background what a VM that has just started needs no more: the copies of its disks are
// written through, and the template that it wanted is made for those that come next.
func (b *boot) settleIn(ctx context.Context) {
	f, log := b.fleet, b.fleet.rooms.Log.With(slog.String("vm", b.record.ID))
	if b.template != nil && !b.record.Spec.Ephemeral {
		f.watchers.Go(func() {
			if err := b.machine.SyncDisks(); err != nil {
				log.ErrorContext(ctx, "write a VM's disks through", slog.Any("error", err))
			}
		})
	}
	if b.wanting {
		f.watchers.Go(func() {
			err := f.rooms.Templates.Make(f.life, shapeOf(b.record.Spec, b.material), b.material.parts(), nil)
			if err != nil && f.life.Err() == nil {
				log.ErrorContext(ctx, "make a template", slog.Any("error", err))
			}
		})
	}
}

// shapeOf is that of the template which a VM of this spec and material is just like.
func shapeOf(spec model.Spec, m material) snapshot.Shape {
	return snapshot.Shape{
		Image: m.image.ID, Kernel: m.kernel.Sum(), Initramfs: filepath.Base(m.initramfs), Engine: m.engine,
		VCPUs: spec.VCPU, MemoryMiB: spec.MemoryMiB, System: spec.SystemBytes, Work: spec.DiskBytes,
	}
}

func (m material) parts() snapshot.Parts {
	return snapshot.Parts{
		Kernel: m.kernel.VMLinux(), Modules: m.kernel.ModulesDisk(), Initramfs: m.initramfs, Rootfs: m.image.RootfsPath,
	}
}
