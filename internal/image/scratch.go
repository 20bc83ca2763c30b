package image

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	// roomForBase is what a build of the default packages takes in the scratch folder
	// (measured: 0.6 GB) and some more; roomForMore is allowed for with others.
	roomForBase = 3 << 29
	roomForMore = 8 << 30
)

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
// user made it. What a plain user's build has left belongs to users of its name
// space and takes one to remove.
func (h host) removeScratch(id string) error {
	var errs []error
	for _, base := range []string{h.memory, h.disk} {
		dir := filepath.Join(base, scratchName(id))
		var st unix.Stat_t
		if unix.Lstat(dir, &st) != nil || int(st.Uid) != h.uid || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			continue
		}
		if os.RemoveAll(dir) == nil {
			continue
		}
		if h.uid != 0 {
			// Its failure shows in what RemoveAll says next.
			_ = exec.CommandContext(context.Background(), "mmdebstrap", "--unshare-helper", "rm", "-rf", "--one-file-system", "--", dir).Run()
		}
		if err := os.RemoveAll(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
