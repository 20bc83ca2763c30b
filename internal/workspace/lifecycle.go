package workspace

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Copy makes to what from is, for a VM that is a copy of another. Objects, which never change, are shared where the file system can.
func Copy(from, to Dir) error {
	temp := string(to) + ".new"
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	err := filepath.WalkDir(string(from), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(string(from), path)
		target := filepath.Join(temp, rel)
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return os.Mkdir(target, 0o700)
		case strings.HasPrefix(rel, "objects/") && os.Link(path, target) == nil:
			return nil
		}
		return copyFile(path, target)
	})
	if err == nil {
		err = os.Rename(temp, string(to))
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Remove removes the record of a VM's workspace. It is gone at once or not at all; d need not be there.
func (d Dir) Remove() error {
	gone := string(d) + ".gone"
	if err := os.RemoveAll(gone); err != nil {
		return err
	}
	if err := os.Rename(string(d), gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.RemoveAll(gone), os.RemoveAll(string(d)+".new"))
}

// Exists reports whether there is a record of a workspace.
func (d Dir) Exists() (bool, error) {
	_, err := os.Lstat(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
