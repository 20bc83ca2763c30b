package image

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	// roomForBase is what a build of the default packages takes in the scratch folder
	// (measured: 0.42 GB), twice; roomForMore is allowed for with others.
	roomForBase = 1 << 30
	roomForMore = 8 << 30
)

// room is how many bytes a build of r may take in its scratch folder.
func (r Request) room() int64 {
	if len(r.Include) > 0 {
		return roomForMore
	}
	return roomForBase
}

// scratch makes the folder that mmdebstrap works in, in memory if there is plenty.
// Others may pass through it, as the user namespace of a plain user's build must, but not list it.
func (h host) scratch(id string, room int64) (string, error) {
	base := h.disk
	if freeMemory() >= 2*room && roomy(h.memory, room) {
		base = h.memory
	}
	dir := filepath.Join(base, scratchName(id))
	if err := os.Mkdir(dir, 0o711); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711) // whatever the umask
}

// scratches are the places where the scratch folder of a build may be.
func (h host) scratches(id string) []string {
	return []string{filepath.Join(h.memory, scratchName(id)), filepath.Join(h.disk, scratchName(id))}
}

func scratchName(id string) string { return "banger-build-" + id }

// roomy reports whether a folder is on a file system in memory with that much
// free, from which programs can be run.
func roomy(dir string, room int64) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) == nil && st.Type == unix.TMPFS_MAGIC &&
		st.Flags&unix.ST_NOEXEC == 0 && int64(st.Bavail)*st.Bsize >= room
}

// freeMemory is the host's MemAvailable in bytes (proc(5)), 0 when it cannot be told.
func freeMemory() (available int64) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if n, _ := fmt.Sscanf(lines.Text(), "MemAvailable: %d kB", &available); n == 1 {
			return available << 10
		}
	}
	return 0
}

// removeScratch removes the scratch folder of a build, wherever it is, if this
// user made it.
func (h host) removeScratch(id string) error {
	var errs []error
	for _, dir := range h.scratches(id) {
		var st unix.Stat_t
		if unix.Lstat(dir, &st) != nil || int(st.Uid) != h.uid || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			continue
		}
		err := os.RemoveAll(dir)
		if err != nil && h.uid != 0 {
			err = removeMapped(dir)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// removeMapped removes a folder in which files belong to users of this user's
// namespace, as a build leaves them that was killed. Those users cannot list the folder
// itself, nor remove what is at its top, but everything below.
func removeMapped(dir string) error {
	entries, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	args := append([]string{"--unshare-helper", "rm", "-rf", "--one-file-system", "--"}, entries...)
	cmd := exec.Command("mmdebstrap", args...)
	cmd.Dir = "/"
	_ = cmd.Run() // it fails at the top; what it could not do shows next
	return os.RemoveAll(dir)
}
