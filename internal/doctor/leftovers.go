package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"banger/internal/machine"
)

// checkLeftovers looks for what belongs to nothing any more.
func checkLeftovers(ctx context.Context, h *host) []Row {
	// Folders first: what is made meanwhile has its record before its folder.
	machines, others := names(h.paths.VMs()), h.crashed()
	known, err := h.records(ctx)
	var rows []Row
	if err != nil {
		rows = unknown()
	} else {
		rows = append(h.strays(machines, known), ownerless(others, known)...)
	}
	rows = append(rows, h.scratch()...)
	if len(rows) == 0 {
		return passed("none")
	}
	return rows
}

const sweeps = "nothing need be done: the daemon's next start removes it"

// strays gives a row for every machine's folder that no VM owns.
func (h *host) strays(ids []string, known records) (rows []Row) {
	daemon := h.daemon() != ""
	for _, id := range ids {
		path := h.paths.Machine(id)
		spare := h.has(filepath.Join(path, machine.SpareFile))
		switch {
		case known.vms[id] || spare && daemon:
		case spare:
			rows = append(rows, warned(path+" was a VM that waited for its use, and its daemon is gone", sweeps)...)
		default:
			rows = append(rows, warned("no VM owns "+path, "look whether anything in it is worth keeping, then rm -r "+shell(path))...)
		}
	}
	return rows
}

// scratchAge is how old a folder of a build is, at least, when no build can be at work in it.
const scratchAge = 2 * time.Hour

// scratch gives a row for every folder that a build of an image worked in and that was left by it.
func (h *host) scratch() (rows []Row) {
	for _, dir := range []string{"dev/shm", "var/tmp"} {
		for _, name := range names(filepath.Join(h.root, dir)) {
			path := filepath.Join(h.root, dir, name)
			info, err := os.Lstat(path)
			if !strings.HasPrefix(name, "banger-build-") || err != nil ||
				int(info.Sys().(*syscall.Stat_t).Uid) != h.uid || h.now().Sub(info.ModTime()) < scratchAge {
				continue
			}
			rows = append(rows, warned("a build that was killed has left "+path, "sudo rm -rf --one-file-system "+shell(path))...)
		}
	}
	return rows
}

func names(dir string) (all []string) {
	entries, _ := os.ReadDir(dir) // there need be none
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
