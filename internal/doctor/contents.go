package doctor

import (
	"context"
	"fmt"
	"path/filepath"

	"banger/internal/image"
	"banger/internal/kernel"
	"banger/internal/snapshot"
)

// contentRow is the row of a thing whose files were read, or were not for want of time.
func contentRow(ctx context.Context, what string, status Status, err error, remedy string) []Row {
	switch {
	case err != nil && ctx.Err() != nil:
		return passed(what + " is there; reading all of it takes longer than doctor does")
	case err != nil:
		return problemRow(status, err, remedy)
	}
	return passed(what)
}

// checkKernels reads every file of every kernel and compares it with the manifest.
func checkKernels(ctx context.Context, h *host) []Row {
	list, err := kernel.Open(h.paths.Kernels(), h.paths.KernelCache()).List()
	if err != nil {
		return problemRow(Fail, err, "check that "+h.paths.Kernels()+" is a folder of your own that can be read")
	}
	if len(list) == 0 {
		return passed("none yet; the first run fetches one")
	}
	var rows []Row
	for _, k := range list {
		if k.Err != nil {
			rows = append(rows, problemRow(Fail, k.Err, "move "+shell(filepath.Join(h.paths.Kernels(), k.Name))+" away")...)
			continue
		}
		rows = append(rows, contentRow(ctx, k.Name+", Linux "+k.Release, Fail, k.Verify(ctx), "banger kernel delete "+k.Name)...)
	}
	return rows
}

// checkImages looks at the files of every image that the database has.
func checkImages(ctx context.Context, h *host) []Row {
	known, err := h.records(ctx)
	if err != nil {
		return unknown()
	}
	if len(known.images) == 0 {
		return passed("none yet; the first run builds one")
	}
	var rows []Row
	for _, record := range known.images {
		rows = append(rows, contentRow(ctx, record.Name, Fail, image.Check(record), "banger image delete "+record.Name)...)
	}
	return rows
}

// checkTemplates reads every template.
func checkTemplates(ctx context.Context, h *host) []Row {
	found := snapshot.Look(ctx, h.paths.Templates())
	if len(found) == 0 {
		return passed("none yet; the first VM of a shape has one made")
	}
	var rows []Row
	for _, t := range found {
		what := fmt.Sprintf("%d vcpu, %d MiB, %s", t.Shape.VCPUs, t.Shape.MemoryMiB, t.Shape.Engine)
		if t.Err != nil {
			t.Err = fmt.Errorf("no VM is forked from %s, which is damaged: %w", t.Path, t.Err)
		}
		rows = append(rows, contentRow(ctx, what, Warn, t.Err,
			"nothing need be done: VMs boot meanwhile, another one is made, and the daemon's next start removes this one")...)
	}
	return rows
}

// checkSnapshots reads every snapshot that the database has.
func checkSnapshots(ctx context.Context, h *host) []Row {
	known, err := h.records(ctx)
	if err != nil {
		return unknown()
	}
	if len(known.snapshots) == 0 {
		return passed("none")
	}
	var rows []Row
	for _, s := range known.snapshots {
		err := snapshot.Named(h.paths.Snapshots()).Check(ctx, s.ID, s.Memory)
		if err != nil {
			err = fmt.Errorf("no VM can be restored to %s: %w", s.Name, err)
		}
		rows = append(rows, contentRow(ctx, s.Name, Fail, err, "banger snapshot delete "+s.Name)...)
	}
	return rows
}
