package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"banger/internal/disk"
	"banger/internal/logfile"
	"banger/internal/problem"
	"banger/internal/shim"
)

// The serials by which the guest's agent finds its disks.
const (
	serialRootfs  = "rootfs"
	serialSystem  = "system"
	serialWork    = "work"
	serialModules = "modules"
)

// The files of a machine's folder that are made here; package shim names the rest.
const (
	systemDisk = "system.ext4"
	workDisk   = "work.ext4"
	shimLog    = "shim.log"
)

// Host is where machines live.
type Host struct {
	State string   // folder of the machines' folders, made when needed
	Run   string   // folder of their sockets, made when needed
	Blank string   // folder that caches empty file systems, made when needed
	Shim  []string // the argument list that starts a shim; the launch file is appended
}

// Machine gives the machine with an id, which is made of [a-z0-9-] and chosen by
// the caller. Nothing need exist yet.
func (h *Host) Machine(id string) *Machine {
	return &Machine{host: h, id: id, dir: filepath.Join(h.State, id)}
}

// IDs lists the machines that have a folder.
func (h *Host) IDs() ([]string, error) {
	entries, err := os.ReadDir(h.State)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the machines' folders: %w", err)
	}
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		ids = append(ids, e.Name())
	}
	return ids, nil
}

// Machine is one machine.
type Machine struct {
	host *Host
	id   string
	dir  string
}

// Dir is the machine's folder.
func (m *Machine) Dir() string { return m.dir }

// Socket is where the machine's shim listens while it runs.
func (m *Machine) Socket() string { return filepath.Join(m.host.Run, m.id+".sock") }

func (m *Machine) path(name string) string { return filepath.Join(m.dir, name) }

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
	group, ctx := errgroup.WithContext(ctx)
	for _, serial := range []string{serialSystem, serialWork} {
		group.Go(func() error {
			path := m.path(shim.DiskFile(serial))
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a start that was cut off
				return err
			}
			return disk.CloneUnsynced(ctx, filepath.Join(snapshot, shim.DiskFile(serial)), path)
		})
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

// files are all that a machine's folder may hold, disks last.
var files = []string{
	shim.LaunchFile, shim.LaunchFile + ".new", shim.ProcessFile, shim.ProcessFile + ".new",
	shim.ExitFile, shim.ExitFile + ".new", shim.LockFile, shimLog,
	shim.ConsoleFile, shim.ConsoleFile + logfile.Previous,
	shim.EngineFile, shim.EngineFile + logfile.Previous,
	systemDisk, workDisk, SpareFile,
}

// SpareFile is in the folder of a machine that nobody has claimed yet (MarkSpare).
const SpareFile = "spare"

// MarkSpare makes the machine's folder, with a word in it that nothing in it is anybody's yet.
func (m *Machine) MarkSpare() error {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return fmt.Errorf("make the machine's folder: %w", err)
	}
	return os.WriteFile(m.path(SpareFile), nil, 0o600)
}

// IsSpare reports whether nothing in the machine's folder is anybody's.
func (m *Machine) IsSpare() bool {
	_, err := os.Lstat(m.path(SpareFile))
	return err == nil
}

// Keep takes the word of MarkSpare back. Without it nothing happens.
func (m *Machine) Keep() error {
	if err := os.Remove(m.path(SpareFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep the machine: %w", err)
	}
	return nil
}

// RemoveFiles deletes the machine's files by name, then its folder and its socket.
// It refuses while a shim lives. A file that banger did not make is left, and with it the
// folder, which is an error that names it.
func (m *Machine) RemoveFiles() error {
	if m.alive() {
		return problem.New(problem.Conflict, "the machine's supervisor still lives")
	}
	// What a crash left of a disk that was being made: see package disk.
	torn, err := filepath.Glob(m.path(".*.ext4.*.tmp"))
	errs := []error{err}
	for _, path := range slices.Concat(torn, m.paths(files), []string{m.Socket()}) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if err := os.Remove(m.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove the machine's files: %w", err)
	}
	return nil
}

func (m *Machine) paths(names []string) []string {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = m.path(name)
	}
	return paths
}
