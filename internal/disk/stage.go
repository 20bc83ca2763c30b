package disk

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"banger/internal/problem"
)

// stage has fill write a new file, then syncs it and renames it to path. The
// caller of stage says what was tried; a full disk is told apart here.
func stage(path string, fill func(*os.File) error) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return full(err, dir)
	}
	defer func() {
		if err != nil {
			err = errors.Join(full(err, dir), os.Remove(f.Name()))
		}
	}()
	defer f.Close()
	if err := fill(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// full turns the error of a full disk into a problem that says what to do.
func full(err error, dir string) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return problem.New(problem.Exhausted, "%w", err).
			WithRemedy("free some room on the disk that holds %s", dir)
	}
	return err
}
