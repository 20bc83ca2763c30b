package pid1

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// findDisks maps the serial of each virtio disk to its device.
func findDisks() (map[string]string, error) {
	entries, err := os.ReadDir("/sys/block")
	if err != nil {
		return nil, err
	}
	disks := map[string]string{}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "vd") {
			continue
		}
		serial, err := os.ReadFile("/sys/block/" + e.Name() + "/serial")
		if err != nil {
			return nil, fmt.Errorf("read a disk's serial: %w", err)
		}
		disks[strings.TrimSpace(string(serial))] = "/dev/" + e.Name()
	}
	return disks, nil
}

// mountReadOnly mounts the ext4 file system on dev.
func mountReadOnly(dev, target string) error {
	return mount{dev, target, "ext4", unix.MS_RDONLY | unix.MS_NOATIME, ""}.mount()
}

// mountWritable mounts the ext4 file system on dev, grown to its disk. Initializing inode tables in the
// background is turned off: it would write a fresh sparse disk full.
func (m *machine) mountWritable(dev, target string) error {
	if err := (mount{dev, target, "ext4", unix.MS_NOATIME, "noinit_itable"}).mount(); err != nil {
		return err
	}
	m.complain(grow(dev, target)) // a disk that stays small is better than none
	return nil
}

// volume is a writable disk that is mounted.
type volume struct {
	serial, dev string
	// mounted is held open, so that power-off finds the file system whatever is mounted over it by then.
	mounted *os.File
	// top is the root of the file system, which is not where it is mounted when that is a folder in it.
	top *os.File

	marker *marker // shared by all copies of this value
}

// path leads to where the file system is mounted.
func (v volume) path() string { return fmt.Sprintf("/proc/self/fd/%d", v.mounted.Fd()) }

// keep adds a disk that is mounted at path, with the root of its file system at top.
func (m *machine) keep(serial, dev, path, top string) error {
	v := volume{serial: serial, dev: dev, marker: new(marker)}
	var err, errTop error
	v.mounted, err = os.Open(path)
	v.top, errTop = os.Open(top)
	if err = errors.Join(err, errTop); err == nil {
		m.writable = append(m.writable, v)
	}
	return err
}
