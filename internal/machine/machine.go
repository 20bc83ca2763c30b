package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

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

// Exists reports whether anything of the machine is there: its folder, or its socket.
func (m *Machine) Exists() (bool, error) { return anyOf(m.dir, m.Socket()) }

// anyOf reports whether there is anything at one of the paths.
func anyOf(paths ...string) (bool, error) {
	for _, path := range paths {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return err == nil, err
		}
	}
	return false, nil
}

func (m *Machine) path(name string) string { return filepath.Join(m.dir, name) }

// files are all that a machine's folder may hold, disks last.
var files = []string{
	shim.LaunchFile, shim.LaunchFile + ".new", shim.ProcessFile, shim.ProcessFile + ".new",
	shim.ExitFile, shim.ExitFile + ".new", shim.LockFile, shimLog,
	shim.ConsoleFile, shim.ConsoleFile + logfile.Previous,
	shim.EngineFile, shim.EngineFile + logfile.Previous,
	shim.NetworkFile, shim.NetworkFile + logfile.Previous,
	systemDisk, workDisk, SpareFile,
	systemDisk + restoredSuffix, workDisk + restoredSuffix, replacingFile,
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
