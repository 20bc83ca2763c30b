package vm

import (
	"context"
	"errors"

	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/shim"
	"banger/internal/store"
)

// VM is a record with what its readers want beside it.
type VM struct {
	model.VMRecord
	ImageName string
	// Socket is the shim's, empty while the VM does not run.
	Socket string
	// Usage is the host's memory that it has; only ShowUsage fills it in.
	Usage shim.Usage
}

// List gives every VM, oldest first.
func (f *Fleet) List(ctx context.Context) ([]VM, error) {
	records, err := f.rooms.Records.VMs(ctx)
	if err != nil {
		return nil, err
	}
	images, err := f.rooms.Records.Images(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(images))
	for _, img := range images {
		names[img.ID] = img.Name
	}
	vms := make([]VM, len(records))
	for i, record := range records {
		vms[i] = f.view(record, names[record.ImageID])
	}
	return vms, nil
}

// Show gives one VM.
func (f *Fleet) Show(ctx context.Context, ref string) (VM, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return VM{}, err
	}
	return f.show(ctx, record)
}

// ShowUsage is Show with what memory the VM has, if it runs.
func (f *Fleet) ShowUsage(ctx context.Context, ref string) (VM, error) {
	v, err := f.Show(ctx, ref)
	if err != nil || v.Socket == "" {
		return v, err
	}
	v.Usage, err = f.rooms.Machine(v.ID).Usage(ctx)
	if errors.Is(err, machine.ErrNotRunning) || problem.CodeOf(err) == problem.Invalid {
		err = nil // it has just ended, or its supervisor is of an older program, which cannot tell
	}
	return v, err
}

func (f *Fleet) show(ctx context.Context, record model.VMRecord) (VM, error) {
	img, err := f.rooms.Records.Image(ctx, record.ImageID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return VM{}, err
	}
	return f.view(record, img.Name), nil
}

func (f *Fleet) view(record model.VMRecord, imageName string) VM {
	v := VM{VMRecord: record, ImageName: imageName}
	if record.State == model.StateRunning || record.State == model.StatePaused {
		v.Socket = f.rooms.Machine(record.ID).Socket()
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.stalled[record.ID] {
			v.Runtime.Reason = "the host's disk is full; it stands still until there is space"
		}
	}
	return v
}
