package vm

import (
	"context"

	"golang.org/x/sync/errgroup"

	"banger/internal/kernel"
	"banger/internal/model"
	"banger/internal/progress"
)

// minFree is what must be free where disks lie for a VM to be started, in bytes: its two
// empty file systems and its logs take some 20 MiB, and a guest wants to write.
const minFree = 256 << 20

// material is what a VM is started from.
type material struct {
	image     model.Image
	kernel    kernel.Kernel
	initramfs string // path
	engine    string
}

// gather finds what a VM is started from. What is missing but can be made is made, image
// and kernel side by side, once it is known that nothing else stands in the way.
func (f *Fleet) gather(ctx context.Context, spec model.Spec, img source[model.Image], sink progress.Sink) (material, error) {
	if err := f.roomOnDisk(); err != nil {
		return material{}, err
	}
	choice, err := f.rooms.Engine(spec.Engine)
	if err != nil {
		return material{}, err
	}
	m := material{engine: choice.Engine}
	k := f.namedKernel(spec.Kernel)
	makeImage, err := img.find(ctx, &m.image)
	if err != nil {
		return material{}, err
	}
	makeKernel, err := k.find(ctx, &m.kernel)
	if err != nil {
		return material{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		if makeImage {
			m.image, err = img.make(ctx, sink)
		}
		return err
	})
	group.Go(func() (err error) {
		if makeKernel {
			m.kernel, err = k.make(ctx, sink)
		}
		if err == nil {
			m.initramfs, err = f.rooms.Initramfs(ctx, m.kernel)
		}
		return err
	})
	return m, group.Wait()
}
