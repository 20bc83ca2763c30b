package pid1

import (
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

// keep holds the writable file system at path open, so that power-off finds it
// whatever is mounted over it by then.
func (m *machine) keep(path string) error {
	root, err := os.Open(path)
	if err == nil {
		m.writable = append(m.writable, root)
	}
	return err
}
