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
)

// CreateDisks makes the folder and its two disks, of the given nominal sizes in
// bytes. They take next to nothing until they are written to.
func (m *Machine) CreateDisks(ctx context.Context, system, work int64) error {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return fmt.Errorf("make the machine's folder: %w", err)
	}
	for name, size := range map[string]int64{systemDisk: system, workDisk: work} {
		blank, err := m.host.blank(ctx, size)
		if err != nil {
			return err
		}
		if err := disk.Clone(ctx, blank, m.path(name)); err != nil {
			return fmt.Errorf("make the machine's %s: %w", name, err)
		}
	}
	return nil
}

// CloneDisks makes the folder and its two disks as copies of a snapshot's. They reach the host's disk by SyncDisks, or
// in the host's own time.
func (m *Machine) CloneDisks(ctx context.Context, snapshot string) error {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return fmt.Errorf("make the machine's folder: %w", err)
	}
	return m.eachDisk(ctx, func(ctx context.Context, name string) error {
		if err := os.Remove(m.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a start that was cut off
			return err
		}
		return disk.CloneUnsynced(ctx, filepath.Join(snapshot, name), m.path(name))
	})
}

// eachDisk does something with both disks at the same time; they have the same names in a snapshot.
func (m *Machine) eachDisk(ctx context.Context, do func(ctx context.Context, name string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range []string{systemDisk, workDisk} {
		group.Go(func() error { return do(ctx, name) })
	}
	return group.Wait()
}

// SyncDisks writes the machine's disks through to the host's disk.
func (m *Machine) SyncDisks() error {
	var errs []error
	for _, name := range []string{systemDisk, workDisk} {
		f, err := os.Open(m.path(name))
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// DiskUsage is how many bytes the machine's disks take on the host. What a file system shares with other files counts too.
func (m *Machine) DiskUsage() (sum int64, err error) {
	for _, name := range []string{systemDisk, workDisk} {
		bytes, err := disk.Allocated(m.path(name))
		if err != nil {
			return 0, fmt.Errorf("find out how much the machine's disks take: %w", err)
		}
		sum += bytes
	}
	return sum, nil
}

// blank gives an empty file system of a size, made once and then cloned.
func (h *Host) blank(ctx context.Context, size int64) (string, error) {
	if err := os.MkdirAll(h.Blank, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of empty disks: %w", err)
	}
	path := filepath.Join(h.Blank, fmt.Sprintf("%d.ext4", size))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := disk.Blank(ctx, path, size); err != nil {
		return "", fmt.Errorf("make an empty disk: %w", err)
	}
	return path, nil
}

// GrowDisks makes the disks of a machine that does not run at least so large, in bytes; the guest grows its file systems when it boots.
// A size of 0 leaves a disk alone.
func (m *Machine) GrowDisks(system, work int64) error {
	for name, size := range map[string]int64{systemDisk: system, workDisk: work} {
		info, err := os.Lstat(m.path(name))
		if err == nil && info.Size() < size {
			err = os.Truncate(m.path(name), size)
		}
		if err != nil {
			return fmt.Errorf("grow a disk: %w", err)
		}
	}
	return nil
}
