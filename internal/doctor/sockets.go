package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"banger/internal/unixsock"
)

// checkSockets looks for machines' sockets on which nobody listens.
func checkSockets(ctx context.Context, h *host) []Row {
	rows := deadSockets(ctx, filepath.Dir(h.paths.MachineRun("id")), h.paths.VMs())
	rows = append(rows, deadSockets(ctx, h.paths.TemplateMakersRun(), h.paths.TemplateMakers())...)
	if len(rows) == 0 {
		return passed("none is stale")
	}
	return rows
}

// deadSockets gives a row for every dead socket of the machines whose folders are in machines.
func deadSockets(ctx context.Context, dir, machines string) (rows []Row) {
	entries, _ := os.ReadDir(dir) // there need be none
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".sock")
		if !ok {
			continue
		}
		path := filepath.Join(dir, e.Name())
		conn, err := unixsock.Dial(ctx, path)
		_, gone := os.Lstat(filepath.Join(machines, id))
		switch {
		case err == nil:
			conn.Close()
		case e.Type() != fs.ModeSocket:
			rows = append(rows, warned(path+" is no socket", "move it away")...)
		case errors.Is(err, syscall.ECONNREFUSED) && gone == nil:
			rows = append(rows, warned("nobody listens on "+path, "nothing need be done: the next start of its machine replaces it")...)
		case errors.Is(err, syscall.ECONNREFUSED):
			rows = append(rows, warned("nobody listens on "+path+", and its machine is gone", "rm "+shell(path))...)
		}
	}
	return rows
}
