package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"banger/internal/machine"
	"banger/internal/unixsock"
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
		rows = append(h.strays(ctx, machines, known), ownerless(others, known)...)
	}
	rows = append(rows, h.scratch()...)
	if len(rows) == 0 {
		return passed("none")
	}
	return rows
}

const sweeps = "nothing need be done: the daemon's next start removes it"

// strays gives a row for every machine's folder that no VM owns.
func (h *host) strays(ctx context.Context, ids []string, known records) (rows []Row) {
	daemon := h.daemon() != ""
	for _, id := range ids {
		spare := h.has(filepath.Join(h.paths.Machine(id), machine.SpareFile))
		switch {
		case known.vms[id] || spare && daemon:
		case spare:
			rows = append(rows, warned(h.paths.Machine(id)+" was a VM that waited for its use, and its daemon is gone", sweeps)...)
		default:
			rows = append(rows, h.strayRow(ctx, id)...)
		}
	}
	return rows
}

// strayRow is that of a folder without a VM, in which its machine may run all the same.
func (h *host) strayRow(ctx context.Context, id string) []Row {
	path := h.paths.Machine(id)
	if conn, err := unixsock.Dial(ctx, h.paths.MachineRun(id)+".sock"); err == nil {
		defer conn.Close()
		if pid, err := unixsock.PeerPID(conn); err == nil {
			return warned("no VM owns "+path+", where a machine runs", fmt.Sprintf("end the machine, then ask again: kill %d", pid))
		}
	}
	return warned("no VM owns "+path, "look whether anything in it is worth keeping, then rm -r "+shell(path))
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
