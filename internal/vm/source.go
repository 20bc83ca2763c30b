package vm

import (
	"context"
	"errors"

	"banger/internal/image"
	"banger/internal/kernel"
	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/store"
)

// source is where an image or a kernel comes from.
type source[T any] struct {
	get func(context.Context) (T, error)
	// missing reports whether an error of get means that there is none.
	missing func(error) bool
	// make makes it; nil where that is not to be done.
	make func(context.Context, progress.Sink) (T, error)
	// unknown is the error when it is missing and not to be made.
	unknown error
}

// find gets it into place and reports whether it must be made instead.
func (s source[T]) find(ctx context.Context, into *T) (toMake bool, err error) {
	*into, err = s.get(ctx)
	switch {
	case err == nil || !s.missing(err):
		return false, err
	case s.make == nil:
		return false, s.unknown
	}
	return true, nil
}

// namedImage is an image by name. The default one can be built.
func (f *Fleet) namedImage(name string) source[model.Image] {
	byName := func(ctx context.Context) (model.Image, error) {
		return f.whole(f.rooms.Records.ImageByName(ctx, name))
	}
	s := source[model.Image]{
		get:     byName,
		missing: func(err error) bool { return errors.Is(err, store.ErrNotFound) },
		unknown: problem.New(problem.NotFound, "no image is called %.64q", name).
			WithRemedy("banger image list shows what there is; banger image build makes one"),
	}
	if name == f.settings.Image {
		s.make = func(ctx context.Context, sink progress.Sink) (model.Image, error) {
			img, err := f.rooms.Images.Build(ctx, image.Request{Name: name}, sink)
			if problem.CodeOf(err) == problem.Taken { // somebody has just finished building it
				return byName(ctx)
			}
			return img, err
		}
	}
	return s
}

// imageOf is the image that a VM was made from.
func (f *Fleet) imageOf(record model.VMRecord) source[model.Image] {
	return source[model.Image]{
		get: func(ctx context.Context) (model.Image, error) {
			return f.whole(f.rooms.Records.Image(ctx, record.ImageID))
		},
		missing: func(err error) bool { return errors.Is(err, store.ErrNotFound) },
		unknown: problem.New(problem.Damaged, "the image of VM %q is missing", record.Name).
			WithRemedy("banger doctor tells what is damaged"),
	}
}

// whole refuses an image whose files are damaged.
func (f *Fleet) whole(img model.Image, err error) (model.Image, error) {
	if err == nil {
		err = f.rooms.CheckImage(img)
	}
	return img, err
}

// namedKernel is a kernel by name. The default one can be fetched.
func (f *Fleet) namedKernel(name string) source[kernel.Kernel] {
	s := source[kernel.Kernel]{
		get:     func(context.Context) (kernel.Kernel, error) { return f.rooms.Kernels.Get(name) },
		missing: func(err error) bool { return problem.CodeOf(err) == problem.NotFound },
		unknown: problem.New(problem.NotFound, "no kernel is called %.64q", name).
			WithRemedy("banger kernel list shows what there is; banger kernel pull and import make one"),
	}
	if name == f.settings.Kernel {
		s.make = func(ctx context.Context, sink progress.Sink) (kernel.Kernel, error) {
			return f.rooms.Kernels.Pull(ctx, name, false, sink)
		}
	}
	return s
}
