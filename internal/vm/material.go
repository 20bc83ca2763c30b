package vm

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"banger/internal/image"
	"banger/internal/kernel"
	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/store"
	"banger/internal/vmm/host"
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

// gather finds what a VM is started from; image and kernel side by side, since
// either may have to be made first.
func (f *Fleet) gather(ctx context.Context, spec model.Spec, findImage func(context.Context) (model.Image, error), sink progress.Sink) (material, error) {
	choice, err := f.engine(spec.Engine)
	if err != nil {
		return material{}, err
	}
	m := material{engine: choice.Engine}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		m.image, err = findImage(ctx)
		return err
	})
	group.Go(func() (err error) {
		if m.kernel, err = f.kernel(ctx, spec.Kernel, sink); err != nil {
			return err
		}
		m.initramfs, err = f.rooms.Initramfs(ctx, m.kernel)
		return err
	})
	return m, group.Wait()
}

// engine tells which engine a setting means, and that there is room for a VM.
func (f *Fleet) engine(setting string) (host.Choice, error) {
	free, err := f.rooms.FreeSpace()
	if err != nil {
		return host.Choice{}, err
	}
	if free < minFree {
		return host.Choice{}, problem.New(problem.Exhausted, "only %d MiB are free where VMs keep their disks, and %d are needed to start one", free/MiB, minFree/MiB).
			WithRemedy("delete VMs or images that are not needed: banger vm list, banger image list")
	}
	return f.rooms.Engine(setting)
}

// namedImage finds an image by name. The default one is built when it is missing.
func (f *Fleet) namedImage(ctx context.Context, name string, sink progress.Sink) (model.Image, error) {
	img, err := f.rooms.Records.ImageByName(ctx, name)
	if !errors.Is(err, store.ErrNotFound) {
		return img, err
	}
	if name != f.settings.Image {
		return model.Image{}, problem.New(problem.NotFound, "no image is called %q", name).
			WithRemedy("banger image list shows what there is; banger image build %s makes one", name)
	}
	img, err = f.rooms.Images.Build(ctx, image.Request{Name: name}, sink)
	if problem.CodeOf(err) == problem.Taken { // somebody has just finished building it
		return f.rooms.Records.ImageByName(ctx, name)
	}
	return img, err
}

// kernel finds a kernel by name. The default one is fetched when it is missing.
func (f *Fleet) kernel(ctx context.Context, name string, sink progress.Sink) (kernel.Kernel, error) {
	k, err := f.rooms.Kernels.Get(name)
	if problem.CodeOf(err) != problem.NotFound || err == nil {
		return k, err
	}
	if name != f.settings.Kernel {
		return kernel.Kernel{}, problem.New(problem.NotFound, "no kernel is called %q", name).
			WithRemedy("banger kernel list shows what there is; banger kernel pull and import make one")
	}
	return f.rooms.Kernels.Pull(ctx, name, false, sink)
}
