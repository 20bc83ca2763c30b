package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"banger/internal/disk"
)

// Files of a machine whose disks are being replaced.
const (
	restoredSuffix = ".restored" // of a disk that is to take the place of the one without it
	replacingFile  = "replacing" // is there from when all of those are whole until none is left
)

// CopyDisks copies the disks of a machine that does not run into a folder. Nothing is synced.
func (m *Machine) CopyDisks(ctx context.Context, dir string) error {
	if err := m.finishReplacing(); err != nil {
		return err
	}
	return m.eachDisk(ctx, func(ctx context.Context, name string) error {
		return disk.CloneUnsynced(ctx, m.path(name), filepath.Join(dir, name))
	})
}

// StageDisks copies the disks of a snapshot beside the machine's own, which stay until ReplaceDisks. It can be called again.
func (m *Machine) StageDisks(ctx context.Context, snapshot string) error {
	if err := m.finishReplacing(); err != nil {
		return err
	}
	return m.eachDisk(ctx, func(ctx context.Context, name string) error {
		return disk.Clone(ctx, filepath.Join(snapshot, name), m.path(name+restoredSuffix))
	})
}

// ReplaceDisks puts staged disks in the place of the machine's, which must not run. From its first step on there is no way back: cut off, it is
// finished before the disks are used again, so that no machine ever runs, and none is copied, with one disk of each.
func (m *Machine) ReplaceDisks() error {
	err := os.WriteFile(m.path(replacingFile), nil, 0o600)
	if err == nil {
		err = m.syncFolder()
	}
	if err != nil {
		return fmt.Errorf("replace the machine's disks: %w", err)
	}
	return m.finishReplacing()
}

// finishReplacing does what ReplaceDisks has begun, if it has.
func (m *Machine) finishReplacing() error {
	begun, err := anyOf(m.path(replacingFile))
	if !begun && err == nil {
		return nil
	}
	for _, name := range []string{systemDisk, workDisk} {
		renamed := os.Rename(m.path(name+restoredSuffix), m.path(name))
		if renamed != nil && !errors.Is(renamed, fs.ErrNotExist) { // it was done before
			err = errors.Join(err, renamed)
		}
	}
	if err == nil {
		err = m.syncFolder()
	}
	if err == nil {
		err = os.Remove(m.path(replacingFile))
	}
	if err != nil {
		return fmt.Errorf("finish replacing the machine's disks: %w", err)
	}
	return nil
}

// DropStaged removes what StageDisks has made, unless ReplaceDisks has begun to put it in place.
func (m *Machine) DropStaged() error {
	if begun, err := anyOf(m.path(replacingFile)); begun || err != nil {
		return err
	}
	var errs []error
	for _, name := range []string{systemDisk, workDisk} {
		if err := os.Remove(m.path(name + restoredSuffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Staged reports whether there is anything that DropStaged would remove.
func (m *Machine) Staged() (bool, error) {
	if begun, err := anyOf(m.path(replacingFile)); begun || err != nil {
		return false, err
	}
	return anyOf(m.path(systemDisk+restoredSuffix), m.path(workDisk+restoredSuffix))
}

func (m *Machine) syncFolder() error {
	f, err := os.Open(m.dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
