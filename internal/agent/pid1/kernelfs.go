package pid1

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mount is one file system to be mounted; the target is made when it is missing.
type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

const (
	noExec = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	noDev  = unix.MS_NOSUID | unix.MS_NODEV
)

// early are the file systems that bring-up itself needs; they move along to the new root.
var early = []mount{
	{"dev", "/dev", "devtmpfs", unix.MS_NOSUID, "mode=0755"},
	{"proc", "/proc", "proc", noExec, ""},
	{"sysfs", "/sys", "sysfs", noExec, ""},
}

// late are those that commands need, mounted in the final root. Debian's defaults for modes; gid 5 is tty.
var late = []mount{
	{"devpts", "/dev/pts", "devpts", unix.MS_NOSUID | unix.MS_NOEXEC, "gid=5,mode=620,ptmxmode=666"},
	{"shm", "/dev/shm", "tmpfs", noDev, "mode=1777"},
	{"run", "/run", "tmpfs", noDev, "mode=755,size=20%"},
	{"tmp", "/tmp", "tmpfs", noDev, "mode=1777"},
	{"cgroup2", "/sys/fs/cgroup", "cgroup2", noExec, "nsdelegate,memory_recursiveprot"},
}

// links are what programs expect in /dev and devtmpfs does not make.
var links = map[string]string{
	"/dev/fd":     "/proc/self/fd",
	"/dev/stdin":  "/proc/self/fd/0",
	"/dev/stdout": "/proc/self/fd/1",
	"/dev/stderr": "/proc/self/fd/2",
}

func (m mount) mount() error {
	err := unix.Mount(m.source, m.target, m.kind, m.flags, m.data)
	if err == unix.ENOENT {
		if err = os.MkdirAll(m.target, 0o755); err == nil {
			err = unix.Mount(m.source, m.target, m.kind, m.flags, m.data)
		}
	}
	if err != nil {
		return fmt.Errorf("mount %s at %s: %w", m.source, m.target, err)
	}
	return nil
}

// mountAll mounts each of list, whatever becomes of the others.
func mountAll(list []mount) error {
	var errs []error
	for _, m := range list {
		errs = append(errs, m.mount())
	}
	return errors.Join(errs...)
}

func linkDev() error {
	var errs []error
	for path, target := range links {
		if err := os.Symlink(target, path); !errors.Is(err, os.ErrExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
