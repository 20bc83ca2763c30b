package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"banger/internal/image"
	"banger/internal/kernel"
	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/snapshot"
	"banger/internal/store"
	"banger/internal/unixsock"
)

// checkKernels reads every file of every kernel and compares it with the manifest.
func checkKernels(ctx context.Context, h *host) []Row {
	const code = "kernels"
	list, err := kernel.Open(h.paths.Kernels(), h.paths.KernelCache()).List()
	if err != nil {
		return problemRow(code, Fail, err)
	}
	if len(list) == 0 {
		return passed(code, "none yet; the first run fetches one")
	}
	var rows []Row
	for _, k := range list {
		err := k.Err
		if err == nil {
			err = k.Verify(ctx)
		}
		if err != nil {
			rows = append(rows, problemRow(code, Fail, err)...)
			continue
		}
		rows = append(rows, passed(code, k.Name+", Linux "+k.Release)...)
	}
	return rows
}

// checkImages looks at the files of every image that the database has.
func checkImages(ctx context.Context, h *host) []Row {
	const code = "images"
	images, _, err := h.records(ctx)
	if err != nil {
		return warned(code, "not known while the database cannot be read", "see the row of the database")
	}
	if len(images) == 0 {
		return passed(code, "none yet; the first run builds one")
	}
	var rows []Row
	for _, record := range images {
		if err := image.Check(record); err != nil {
			rows = append(rows, problemRow(code, Fail, err)...)
			continue
		}
		rows = append(rows, passed(code, record.Name)...)
	}
	return rows
}

// checkTemplates reads every template.
func checkTemplates(ctx context.Context, h *host) []Row {
	const code = "templates"
	found := snapshot.Look(ctx, h.paths.Templates())
	if len(found) == 0 {
		return passed(code, "none yet; the first VM of a shape has one made")
	}
	var rows []Row
	for _, t := range found {
		if t.Err != nil {
			rows = append(rows, warned(code, fmt.Sprintf("no VM is forked from %s, which is damaged: %v", t.Path, t.Err),
				"nothing need be done: VMs boot meanwhile, another one is made, and the daemon's next start removes this one")...)
			continue
		}
		rows = append(rows, passed(code, fmt.Sprintf("%d vcpu, %d MiB, %s", t.Shape.VCPUs, t.Shape.MemoryMiB, t.Shape.Engine))...)
	}
	return rows
}

// checkLeftovers looks for folders and sockets of machines that no longer are.
func checkLeftovers(ctx context.Context, h *host) []Row {
	const code = "leftovers"
	_, vms, err := h.records(ctx)
	if err != nil {
		return warned(code, "not known while the database cannot be read", "see the row of the database")
	}
	known := map[string]bool{}
	for _, vm := range vms {
		known[vm.ID] = true
	}
	var rows []Row
	entries, _ := os.ReadDir(h.paths.VMs())
	for _, e := range entries {
		// A spare is nobody's yet; its daemon removes it, or the next one does.
		spare := h.has(filepath.Join(h.paths.Machine(e.Name()), machine.SpareFile))
		if !known[e.Name()] && !spare {
			rows = append(rows, warned(code, "no VM owns "+filepath.Join(h.paths.VMs(), e.Name()),
				"look whether anything in it is worth keeping, then remove it")...)
		}
	}
	rows = append(rows, deadSockets(ctx, filepath.Dir(h.paths.MachineRun("x")))...)
	if len(rows) == 0 {
		return passed(code, "none")
	}
	return rows
}

// deadSockets gives a row for every machine's socket on which nobody listens.
func deadSockets(ctx context.Context, dir string) []Row {
	var rows []Row
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".sock") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		conn, err := unixsock.Dial(ctx, path)
		if err != nil {
			rows = append(rows, warned("leftovers", "nobody listens on "+path, "the VM's next start replaces it; without a VM, remove it")...)
			continue
		}
		conn.Close()
	}
	return rows
}

// records reads images and VMs from the database, none where there is no database.
func (h *host) records(ctx context.Context) ([]model.Image, []model.VMRecord, error) {
	if !h.has(h.paths.Database()) {
		return nil, nil, nil
	}
	db, err := store.OpenReadOnly(ctx, h.paths.Database())
	if err != nil {
		return nil, nil, err
	}
	defer db.Close()
	images, err := db.Images(ctx)
	if err != nil {
		return nil, nil, err
	}
	vms, err := db.VMs(ctx)
	return images, vms, err
}
