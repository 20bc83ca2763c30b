package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"banger/internal/initramfs"
	"banger/internal/paths"
	"banger/internal/store"
	"banger/internal/unixsock"
)

// checkConfig reads the configuration as every program does.
func checkConfig(_ context.Context, h *host) []Row {
	if h.configErr != nil {
		return problemRow("config", Fail, h.configErr)
	}
	if _, err := os.Stat(h.paths.Config); err != nil {
		return passed("config", "no configuration file; every setting has its default")
	}
	return passed("config", h.paths.Config)
}

// checkFolders looks at owner and mode of the folders, without making one.
func checkFolders(_ context.Context, h *host) []Row {
	if h.pathsErr != nil {
		return problemRow("folders", Fail, h.pathsErr)
	}
	var rows []Row
	for _, dir := range []string{h.paths.State, h.paths.Cache, h.paths.Runtime} {
		if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
			rows = append(rows, passed("folders", dir+" will be made when it is needed")...)
			continue
		}
		if err := paths.Verify(dir); err != nil {
			rows = append(rows, problemRow("folders", Fail, err)...)
			continue
		}
		rows = append(rows, passed("folders", dir)...)
	}
	return rows
}

// checkAgent looks whether this build carries the guest's agent.
func checkAgent(context.Context, *host) []Row {
	agent, err := initramfs.Agent()
	if err != nil {
		return problemRow("agent", Fail, err)
	}
	return passed("agent", fmt.Sprintf("this build carries the guest's agent, %.1f MB", float64(len(agent))/1e6))
}

// checkDatabase asks for the state of the tables and of the file, and migrates nothing.
func checkDatabase(ctx context.Context, h *host) []Row {
	const code = "database"
	path := h.paths.Database()
	if !h.has(path) {
		return passed(code, "none yet; the first command makes it")
	}
	state, err := store.CheckMigrations(ctx, path)
	if err == nil {
		err = integrity(ctx, path)
	}
	if err != nil {
		return problemRow(code, Fail, err)
	}
	if state == store.MigrationsNeeded {
		return warned(code, path+" is of an older version", "the next command brings it up to date, and keeps a copy of the old file")
	}
	return passed(code, path)
}

func integrity(ctx context.Context, path string) error {
	db, err := store.OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.CheckIntegrity(ctx)
}

// checkDaemon looks whether a daemon listens, and starts none.
func checkDaemon(ctx context.Context, h *host) []Row {
	const code = "daemon"
	socket := h.paths.Socket()
	if !h.has(socket) {
		return passed(code, "none runs; the next command starts it")
	}
	conn, err := unixsock.Dial(ctx, socket)
	if err != nil {
		return warned(code, fmt.Sprintf("nobody answers on its socket: %v", err), "the next command starts a daemon; if that fails: banger daemon logs")
	}
	conn.Close()
	return passed(code, "answers on "+socket)
}

// has reports whether the path is there.
func (h *host) has(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
