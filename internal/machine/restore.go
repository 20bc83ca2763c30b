package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"banger/internal/disk"
	"banger/internal/shim"
)

// Files of a machine whose disks are being replaced.
const (
	restoredSuffix = ".restored" // of a disk that is to take the place of the one without it
	replacingFile  = "replacing" // is there from when all of those are whole until none is left
)

// CopyDisks copies the disks of a machine that does not run into a folder. Nothing is synced.
func (m *Machine) CopyDisks(ctx context.Context, dir string) error {
	return m.eachDisk(ctx, func(ctx context.Context, name string) error {
		return disk.CloneUnsynced(ctx, m.path(name), filepath.Join(dir, name))
	})
}

// StageDisks copies the disks of a snapshot beside the machine's own, which stay until ReplaceDisks. It can be called again.
func (m *Machine) StageDisks(ctx context.Context, snapshot string) error {
	return m.eachDisk(ctx, func(ctx context.Context, name string) error {
		return disk.Clone(ctx, filepath.Join(snapshot, name), m.path(name+restoredSuffix))
	})
}

func (m *Machine) eachDisk(ctx context.Context, do func(ctx context.Context, name string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, serial := range []string{serialSystem, serialWork} {
		group.Go(func() error { return do(ctx, shim.DiskFile(serial)) })
	}
	return group.Wait()
}

// ReplaceDisks puts staged disks in the place of the machine's, which must not run. From its first step on there is no way back: cut off, it is
// finished by the next start, so that no machine ever runs with one disk of each.
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
	_, err := os.Lstat(m.path(replacingFile))
	if errors.Is(err, fs.ErrNotExist) {
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

// DropStaged removes what StageDisks has made, unless it has been put in place.
func (m *Machine) DropStaged() error {
	var errs []error
	for _, name := range []string{systemDisk, workDisk} {
		if err := os.Remove(m.path(name + restoredSuffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (m *Machine) syncFolder() error {
	f, err := os.Open(m.dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
