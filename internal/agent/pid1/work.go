package pid1

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const (
	workMount = runDir + "/work" // the whole work disk, while home is being prepared
	home      = "/root"
)

// mountWork mounts the work disk's folder "home" at /root, seeded from what is there.
func (m *machine) mountWork(dev string) error {
	if err := m.mountWritable(dev, workMount); err != nil {
		return err
	}
	if err := seed(home, workMount+"/home"); err != nil {
		return fmt.Errorf("seed the work disk: %w", err)
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	if err := unix.Mount(workMount+"/home", home, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount the work disk at %s: %w", home, err)
	}
	// The root of the disk stays open, without a place where a user would find it.
	return errors.Join(m.keep("work", dev, home, workMount), unix.Unmount(workMount, unix.MNT_DETACH))
}

// seed makes dir a copy of from, unless it is there already.
func seed(from, dir string) error {
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh := dir + ".new" // half made if an earlier start was cut off
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := copyTree(from, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, dir)
}
