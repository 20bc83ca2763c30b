package fake

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// namespaces gives the process a namespace of processes, of mounts to see them in
// /proc, and of names to be called what Configure says. Who is not root needs a
// namespace of users for that, and the capability in it to mount.
func namespaces(c *syscall.Credential) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS}
	if c == nil && os.Getuid() == 0 {
		return attr
	}
	uid, gid := uint32(os.Getuid()), uint32(os.Getgid())
	if c != nil {
		uid, gid = c.Uid, c.Gid
	}
	attr.Credential = c
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = onlyID(uid)
	attr.GidMappings = onlyID(gid)
	attr.GidMappingsEnableSetgroups = os.Getuid() == 0
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN}
	return attr
}

// onlyID maps one id to itself.
func onlyID(id uint32) []syscall.SysProcIDMap {
	return []syscall.SysProcIDMap{{ContainerID: int(id), HostID: int(id), Size: 1}}
}

// enter makes /proc show this namespace's processes, and nobody else sees that.
func enter() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return os.NewSyscallError("make mounts private", err)
	}
	err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	return os.NewSyscallError("mount /proc", err)
}
