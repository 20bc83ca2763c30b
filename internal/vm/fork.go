package vm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"

	"banger/internal/model"
	"banger/internal/snapshot"
)

// The ways of a start, in words for people.
const (
	forked        = "forked"
	bootedAgain   = "booted: it has run before"
	bootedAsked   = "booted: as --no-fork says"
	bootedSmall   = "booted: its disks are smaller than a template's"
	bootedFirst   = "booted: no template for %d vcpu and %d MiB yet"
	bootedInstead = "booted: a fork failed: %v"
)

// chooseWay finds the template that a VM without disks of its own can be forked from. That there is none is
// noted, so that it can be made when the VM runs.
func (b *boot) chooseWay(ctx context.Context) error {
	spec, settings := b.record.Spec, b.fleet.settings
	switch {
	case !b.bare:
		b.how = bootedAgain
		return nil
	case spec.NoFork:
		b.how = bootedAsked
		return nil
	case spec.SystemBytes < settings.System || spec.DiskBytes < settings.Disk:
		b.how = bootedSmall
		return nil
	}
	t, err := b.fleet.rooms.Templates.Find(ctx, b.fleet.shape(spec, b.material))
	if err != nil {
		return err
	}
	if t == nil {
		b.how, b.wanting = fmt.Sprintf(bootedFirst, spec.VCPU, spec.MemoryMiB), true
		return nil
	}
	b.how, b.template = forked, t
	return nil
}

// giveUpFork makes a start whose fork has failed one that boots. The template is not used again: a guest that
// cannot go on from it is all that is known of it, and it can be made anew.
func (b *boot) giveUpFork(ctx context.Context, why error) error {
	if err := b.fleet.rooms.Templates.PutAside(b.template, why); err != nil {
		return err
	}
	b.how, b.template, b.wanting = fmt.Sprintf(bootedInstead, why), nil, true
	if err := b.kill(ctx); err != nil {
		return err
	}
	return b.makeDisks(ctx)
}

// settleIn does in the background what a VM that has just started needs no more: the copies of its disks are
// written through, and the template that it wanted is made for those that come next.
func (b *boot) settleIn() {
	f, log := b.fleet, b.fleet.rooms.Log.With(slog.String("vm", b.record.ID))
	switch {
	case b.template != nil && !b.record.Spec.Ephemeral:
		f.watchers.Go(func() {
			if err := b.machine.SyncDisks(); err != nil {
				log.Error("write a VM's disks through", slog.Any("error", err))
			}
		})
	case b.wanting:
		f.watchers.Go(func() {
			err := f.rooms.Templates.Make(f.life, f.shape(b.record.Spec, b.material), b.material.parts(), nil)
			if err != nil && f.life.Err() == nil {
				log.Error("make a template", slog.Any("error", err))
			}
		})
	}
}

// shape is that of the template which a VM of this spec and material can be forked from.
func (f *Fleet) shape(spec model.Spec, m material) snapshot.Shape {
	return snapshot.Shape{
		Image: m.image.ID, Kernel: m.kernelSum(), Initramfs: filepath.Base(m.initramfs), Engine: m.engine,
		VCPUs: spec.VCPU, MemoryMiB: spec.MemoryMiB, System: f.settings.System, Work: f.settings.Disk,
	}
}

func (m material) parts() snapshot.Parts {
	return snapshot.Parts{
		Kernel: m.kernel.VMLinux(), Modules: m.kernel.ModulesDisk(), Initramfs: m.initramfs, Rootfs: m.image.RootfsPath,
	}
}

// kernelSum is one checksum of all files of the kernel.
func (m material) kernelSum() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(m.kernel.Files)) {
		fmt.Fprintln(sum, name, m.kernel.Files[name].SHA256)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
