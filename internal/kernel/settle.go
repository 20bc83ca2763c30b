package kernel

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// settle moves the folder made to dir in one step. With replace, what is at dir
// goes where made was; without, it stays and the name is taken.
func settle(made, dir string, replace bool) error {
	flag := uint(unix.RENAME_NOREPLACE)
	if _, err := os.Lstat(dir); replace && err == nil {
		flag = unix.RENAME_EXCHANGE
	}
	err := unix.Renameat2(unix.AT_FDCWD, made, unix.AT_FDCWD, dir, flag)
	switch {
	case errors.Is(err, fs.ErrExist):
		return taken(filepath.Base(dir))
	case err != nil:
		return &os.LinkError{Op: "rename", Old: made, New: dir, Err: err}
	}
	return syncPath(filepath.Dir(dir))
}

// syncPath writes a file or a folder through to the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
