package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"banger/internal/initramfs"
	"banger/internal/paths"
	"banger/internal/store"
)

// checkConfig reads the configuration as every program does.
func checkConfig(_ context.Context, h *host) []Row {
	if h.configErr != nil {
		return problemRow(Fail, h.configErr, "mend the file, or move it away: every setting has a default")
	}
	if _, err := os.Stat(h.paths.Config); err != nil {
		return passed("no configuration file; every setting has its default")
	}
	return passed(h.paths.Config)
}

// checkFolders looks at owner, mode and use of the folders, without making one.
func checkFolders(_ context.Context, h *host) []Row {
	if h.pathsErr != nil {
		return problemRow(Fail, h.pathsErr, "set HOME")
	}
	var rows []Row
	for _, f := range []struct{ dir, variable string }{
		{h.paths.State, "BANGER_STATE_DIR"}, {h.paths.Cache, "BANGER_CACHE_DIR"}, {h.paths.Runtime, "BANGER_RUNTIME_DIR"},
	} {
		rows = append(rows, folderRow(f.dir, "set "+f.variable+" to a folder of your own")...)
	}
	return rows
}

func folderRow(dir, remedy string) []Row {
	_, err := os.Lstat(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		if err := paths.Verify(dir); err != nil {
			return problemRow(Fail, err, remedy)
		}
		return passed(dir)
	}
	above := existing(dir)
	if err := unix.Faccessat(unix.AT_FDCWD, above, unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return failed(fmt.Sprintf("%s is not there and cannot be made in %s: %v", dir, above, err), remedy)
	}
	return passed(dir + " will be made when it is needed")
}

// checkAgent looks whether this build carries the guest's agent.
func checkAgent(context.Context, *host) []Row {
	agent, err := initramfs.Agent()
	if err != nil {
		return problemRow(Fail, err, "build banger with make build")
	}
	return passed(fmt.Sprintf("this build carries the guest's agent, %.1f MB", float64(len(agent))/1e6))
}

// checkDatabase asks for the state of the tables and of the file, and migrates nothing.
func checkDatabase(ctx context.Context, h *host) []Row {
	path := h.paths.Database()
	if !h.has(path) {
		return passed("none yet; the first command makes it")
	}
	state, err := store.CheckMigrations(ctx, path)
	if err == nil {
		err = integrity(ctx, path)
	}
	if err != nil {
		return problemRow(Fail, err, "check that "+path+" is a file of your own that can be read")
	}
	if state == store.MigrationsNeeded {
		return failed(path+" is of an older version", "the next command brings it up to date, and keeps a copy of the old file")
	}
	return passed(path)
}

func integrity(ctx context.Context, path string) error {
	db, err := store.OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.CheckIntegrity(ctx)
}
