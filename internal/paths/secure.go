package paths

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"banger/internal/problem"
)

// Secure makes dir with mode 0700, or checks one that is there: it must be a folder
// and no symlink, belong to the user that this process runs as, be closed to
// all others, and let this process read and write. It changes nothing about a folder that it did not make. Parents that
// are missing get the same mode, as the XDG specification has it; one of them can be
// the state folder.
func Secure(dir string) error {
	err := makeOwn(dir)
	if errors.Is(err, fs.ErrExist) {
		return Verify(dir)
	}
	if err != nil {
		return fmt.Errorf("make the folder %s: %w", dir, err)
	}
	return nil
}

// Verify checks a folder as Secure does, and makes none.
func Verify(dir string) error {
	dir = filepath.Clean(dir) // with a slash at its end a symlink would look like a folder
	if err := verify(dir); err != nil {
		return fmt.Errorf("use the folder %s: %w", dir, err)
	}
	return nil
}

func makeOwn(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	return os.Mkdir(dir, 0o700)
}

func verify(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	own, owner := os.Geteuid(), int(info.Sys().(*syscall.Stat_t).Uid)
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		return problem.New(problem.Invalid, "it is a symlink, and someone else could turn it").
			WithRemedy("name the folder that it points to")
	case !info.IsDir():
		return problem.New(problem.Invalid, "it is no folder").WithRemedy("move it away")
	case owner != own:
		return problem.New(problem.Invalid, "it belongs to user %d, and this is user %d", owner, own).
			WithRemedy("remove it, or choose another one with BANGER_STATE_DIR, BANGER_CACHE_DIR or BANGER_RUNTIME_DIR")
	case info.Mode().Perm()&0o077 != 0:
		return problem.New(problem.Invalid, "other users can reach into it (its mode is %#o)", info.Mode().Perm()).
			WithRemedy("chmod 700 %s", dir)
	}
	return usable(dir)
}

// usable asks the kernel, since a mode does not tell: root needs no bits, and on a read-only file system they are no use.
func usable(dir string) error {
	err := unix.Faccessat(unix.AT_FDCWD, dir, unix.R_OK|unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	switch {
	case errors.Is(err, unix.EROFS):
		return problem.New(problem.Unavailable, "its file system is read-only").
			WithRemedy("mount it for writing, or choose another folder with BANGER_STATE_DIR, BANGER_CACHE_DIR or BANGER_RUNTIME_DIR")
	case err != nil:
		return problem.New(problem.Unavailable, "you may not read and write in it: %w", err).
			WithRemedy("chmod 700 %s", dir)
	}
	return nil
}
