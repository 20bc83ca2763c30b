package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// finish syncs the files of a kernel and writes its manifest, which makes it one.
func finish(ctx context.Context, made string, m Manifest) error {
	m.Files = map[string]File{}
	for _, file := range append([]string{vmlinuxFile, modulesFile}, bootFiles(m.Boot)...) {
		path := filepath.Join(made, file)
		sum, err := hashFile(ctx, path)
		if err != nil {
			return err
		}
		if err := syncPath(path); err != nil {
			return err
		}
		m.Files[file] = sum
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(made, manifestFile)
	if err := os.WriteFile(path, append(text, '\n'), 0o444); err != nil {
		return err
	}
	for _, p := range []string{path, filepath.Join(made, bootFolder), made} {
		if err := syncPath(p); err != nil {
			return err
		}
	}
	return nil
}

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
