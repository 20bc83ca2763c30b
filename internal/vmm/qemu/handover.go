package qemu

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"banger/internal/vmm"
	"banger/internal/vmm/child"
	"banger/internal/vmm/memfd"
)

// firstFD is the number that the first descriptor of child.Command.Files gets.
const firstFD = 3

// handover collects what QEMU gets as descriptors, and this program's ends of the streams.
type handover struct {
	plan                   plan
	files                  []*os.File // in the order of their numbers
	own                    []*os.File // those of files that are not the caller's
	monitor, console, link net.Conn
	memory                 *os.File // of a restored machine, in which it lives on
}

// pack prepares the descriptors for a spec. The caller calls release once QEMU has been
// started, and hangUp when no machine comes of it.
func pack(s vmm.Spec) (*handover, error) {
	h := &handover{plan: plan{name: s.Name, vcpus: s.VCPUs, memoryMiB: s.MemoryMiB, kernelArgs: s.KernelArgs, restore: s.Restore != nil}}
	err := errors.Join(
		h.stream("monitor", &h.monitor, &h.plan.monitor),
		h.stream("console", &h.console, &h.plan.console),
		h.stream("guest link", &h.link, &h.plan.link),
	)
	if s.Restore != nil {
		err = errors.Join(err, h.ram(s.Restore))
	} else {
		err = errors.Join(err,
			h.image("kernel", s.Kernel, s.Credential, &h.plan.kernel),
			h.image("initramfs", s.Initramfs, s.Credential, &h.plan.initramfs))
	}
	h.nic(s.NIC)
	for _, d := range s.Disks {
		err = errors.Join(err, h.disk(d))
	}
	if err != nil {
		h.release()
		h.hangUp()
		return nil, err
	}
	return h, nil
}

// release closes what QEMU has its own copy of.
func (h *handover) release() {
	for _, f := range h.own {
		f.Close()
	}
}

// hangUp closes this program's ends.
func (h *handover) hangUp() {
	for _, c := range []net.Conn{h.monitor, h.console, h.link} {
		if c != nil {
			c.Close()
		}
	}
	if h.memory != nil {
		h.memory.Close()
	}
}

func (h *handover) give(f *os.File) int {
	h.files = append(h.files, f)
	return firstFD + len(h.files) - 1
}

func (h *handover) giveOwn(f *os.File) int {
	h.own = append(h.own, f)
	return h.give(f)
}

func (h *handover) stream(name string, here *net.Conn, number *int) error {
	conn, there, err := child.Pair(name)
	if err != nil {
		return err
	}
	*here, *number = conn, h.giveOwn(there)
	return nil
}

// nobodysMAC is a locally administered address that no VM gets.
const nobodysMAC = "52:54:00:00:00:00"

func (h *handover) nic(n vmm.NIC) {
	h.plan.mac = nobodysMAC
	if n.MAC != nil {
		h.plan.mac = n.MAC.String()
	}
	if n.Wire != nil {
		h.plan.wire = h.give(n.Wire)
	}
}

// image gives a file that QEMU opens anew through /proc/self/fd.
func (h *handover) image(name string, f *os.File, user *syscall.Credential, number *int) error {
	readable, err := readableTo(f, user)
	if err == nil && readable {
		*number = h.give(f)
		return nil
	}
	if err == nil {
		var inMemory *os.File
		if inMemory, err = memfd.Copy(context.Background(), name, f); err == nil {
			*number = h.giveOwn(inMemory)
			return nil
		}
	}
	return fmt.Errorf("hand the %s to QEMU: %w", name, err)
}

// readableTo reports whether user may open the file for reading once it has a
// descriptor of it. That nobody can walk to the path does not matter then.
func readableTo(f *os.File, user *syscall.Credential) (bool, error) {
	if user == nil {
		return true, nil
	}
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	return info.Mode().Perm()&0o004 != 0, nil
}

func (h *handover) disk(d vmm.Disk) error {
	plan := drive{serial: d.Serial, readOnly: d.ReadOnly, fds: []int{h.give(d.File)}}
	if !d.ReadOnly {
		reader, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", d.File.Fd()))
		if err != nil {
			return fmt.Errorf("hand disk %q to QEMU: %w", d.Serial, err)
		}
		plan.fds = append(plan.fds, h.giveOwn(reader))
	}
	h.plan.disks = append(h.plan.disks, plan)
	return nil
}
