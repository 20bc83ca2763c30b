package qemu

import (
	"fmt"
	"os"
	"syscall"

	"banger/internal/problem"
)

const kvmDevice = "/dev/kvm"

// user is how QEMU's process is set up for who it runs as. On KVM a user of its own
// gets the device's group, for want of a way to hand QEMU the device itself: the option
// for that is newer than the QEMU of Debian 12.
func (e *Engine) user(c *syscall.Credential) (*syscall.SysProcAttr, error) {
	if c == nil {
		return nil, nil
	}
	own := *c
	if e.kvm {
		info, err := os.Stat(kvmDevice)
		if err != nil {
			return nil, fmt.Errorf("look at the KVM device: %w", err)
		}
		own.Groups, err = groupsFor(info.Mode().Perm(), info.Sys().(*syscall.Stat_t).Gid)
		if err != nil {
			return nil, err
		}
	}
	return &syscall.SysProcAttr{Credential: &own}, nil
}

// groupsFor gives the supplementary groups with which somebody who is not its owner
// can use a device of this mode and group.
func groupsFor(mode os.FileMode, gid uint32) ([]uint32, error) {
	const others, group = 0o006, 0o060
	switch {
	case mode&others == others:
		return nil, nil
	case mode&group == group && gid != 0:
		return []uint32{gid}, nil
	}
	return nil, problem.New(problem.Unavailable, "%s answers to root only (mode %#o), and QEMU does not run as root", kvmDevice, mode).
		WithRemedy("run: chgrp kvm %[1]s && chmod 0660 %[1]s", kvmDevice)
}
