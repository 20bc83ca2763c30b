package daemon

import (
	"context"

	"banger/api"
	"banger/internal/image"
	"banger/internal/kernel"
	"banger/internal/model"
	"banger/internal/operation"
	"banger/internal/progress"
)

// vm tells of a VM as it is now.
func (f *feed) vm(ctx context.Context, r model.VMRecord) {
	e := api.Event{Kind: "vm", Action: string(r.State), Name: r.Name, Ref: r.ID, Operation: operation.ID(ctx), Detail: r.Runtime.Reason}
	if r.State == "" {
		e.Action = actionDeleted
	}
	f.tell(e)
}

func (f *feed) snapshot(ctx context.Context, s model.Snapshot, created bool) {
	f.tell(api.Event{Kind: "snapshot", Action: action(created), Name: s.Name, Ref: s.ID, Operation: operation.ID(ctx)})
}

func (f *feed) image(ctx context.Context, img model.Image, created bool) {
	f.tell(api.Event{Kind: "image", Action: action(created), Name: img.Name, Ref: img.ID, Operation: operation.ID(ctx)})
}

func (f *feed) kernel(ctx context.Context, name string, created bool) {
	f.tell(api.Event{Kind: "kernel", Action: action(created), Name: name, Operation: operation.ID(ctx)})
}

const actionDeleted = "deleted"

func action(created bool) string {
	if created {
		return "created"
	}
	return actionDeleted
}

// toldImages are the images, with the feed told of those that come and go.
type toldImages struct {
	*image.Store
	feed *feed
}

// Build builds an image.
func (t toldImages) Build(ctx context.Context, req image.Request, sink progress.Sink) (model.Image, error) {
	img, err := t.Store.Build(ctx, req, sink)
	if err == nil {
		t.feed.image(ctx, img, true)
	}
	return img, err
}

// Delete removes an image by name.
func (t toldImages) Delete(ctx context.Context, name string) error {
	img, err := t.Store.Get(ctx, name)
	if err == nil {
		err = t.Store.Delete(ctx, name)
	}
	if err == nil {
		t.feed.image(ctx, img, false)
	}
	return err
}

// toldKernels are the kernels, with the feed told of those that come and go.
type toldKernels struct {
	*kernel.Store
	feed *feed
}

// Pull fetches a kernel.
func (t toldKernels) Pull(ctx context.Context, name string, force bool, sink progress.Sink) (kernel.Kernel, error) {
	k, err := t.Store.Pull(ctx, name, force, sink)
	if err == nil {
		t.feed.kernel(ctx, k.Name, true)
	}
	return k, err
}

// Import makes a kernel from files of the host's.
func (t toldKernels) Import(ctx context.Context, name, from, modules string, sink progress.Sink) (kernel.Kernel, error) {
	k, err := t.Store.Import(ctx, name, from, modules, sink)
	if err == nil {
		t.feed.kernel(ctx, k.Name, true)
	}
	return k, err
}

// Delete removes a kernel by name.
func (t toldKernels) Delete(ctx context.Context, name string) error {
	err := t.Store.Delete(name)
	if err == nil {
		t.feed.kernel(ctx, name, false)
	}
	return err
}
