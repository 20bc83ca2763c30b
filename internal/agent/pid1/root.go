package pid1

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// newRoot is where the root file system is put together, in the initramfs.
const newRoot = "/newroot"

// mountRoot mounts the overlay of the read-only image and the system disk, or a tmpfs without one, and makes it the root.
func (m *machine) mountRoot(rootfs, system string) error {
	if err := mountReadOnly(rootfs, "/lower"); err != nil {
		return err
	}
	var err error
	if system == "" {
		err = mount{"system", "/upper", "tmpfs", 0, "mode=755"}.mount()
	} else {
		err = errors.Join(m.mountWritable(system, "/upper"), m.keep("system", system, "/upper", "/upper"))
	}
	if err != nil {
		return err
	}
	for _, dir := range []string{"/upper/upper", "/upper/work"} {
		if err := os.Mkdir(dir, 0o755); err != nil && !os.IsExist(err) {
			return err
		}
	}
	const layers = "lowerdir=/lower,upperdir=/upper/upper,workdir=/upper/work"
	if err := (mount{"overlay", newRoot, "overlay", unix.MS_NOATIME, layers}).mount(); err != nil {
		return err
	}
	return switchRoot()
}

// switchRoot makes newRoot the root of the mount name space. What early mounted comes along.
func switchRoot() error {
	for _, m := range early {
		if err := os.MkdirAll(newRoot+m.target, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.target, newRoot+m.target, "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("move %s to the new root: %w", m.target, err)
		}
	}
	if err := unix.Chdir(newRoot); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("switch to the new root: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return err
	}
	return unix.Chdir("/")
}
