package qemu

import (
	"fmt"
	"strings"
)

// LinkPort is the name of the virtio-serial port that carries the guest link.
const LinkPort = "banger.link"

// plan is everything that shapes QEMU's command line. Descriptors are numbers in
// QEMU's process.
type plan struct {
	kvm        bool
	cpu        string
	tscKHz     int // 0 when unknown
	name       string
	vcpus      int
	memoryMiB  int
	kernelArgs []string

	restore                bool // of a machine that was saved; there is no kernel then
	monitor, console, link int
	kernel, initramfs      int
	memory                 int // of a restored machine
	disks                  []drive
	mac                    string
	wire                   int // 0 when nothing is at its other end
}

// drive is one raw disk. A writable one has two descriptors, for writing and for
// reading, because QEMU opens a disk read-only before it opens it for writing.
type drive struct {
	serial   string
	readOnly bool
	fds      []int
}

// args is QEMU's command line, without the program's name.
func (p plan) args() []string {
	args := []string{"-name", "banger-" + p.name}
	args = append(args, p.machine()...)
	args = append(args,
		"-m", fmt.Sprintf("%dM", p.memoryMiB), "-smp", fmt.Sprint(p.vcpus),
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
		"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
		"-chardev", socket("monitor", p.monitor), "-mon", "chardev=monitor,mode=control",
		"-chardev", socket("console", p.console), "-serial", "chardev:console",
		"-chardev", socket("link", p.link), "-device", "virtio-serial-device",
		"-device", "virtserialport,chardev=link,name="+LinkPort)
	args = append(args, p.network()...)
	for i, d := range p.disks {
		args = append(args, d.args(i)...)
	}
	return append(args, p.start()...)
}

// start says what the guest begins with: a kernel, or a state that arrives on the monitor. A state that Save wrote has
// neither a section of configuration nor a description; and it was taken of a machine that runs, for which -S waits.
func (p plan) start() []string {
	if p.restore {
		ram := fmt.Sprintf("memory-backend-file,id=ram,size=%dM,share=off,mem-path=%s", p.memoryMiB, descriptor(p.memory))
		return []string{"-object", ram, "-S", "-incoming", "defer", "-global", "migration.send-configuration=off"}
	}
	return []string{"-kernel", descriptor(p.kernel), "-initrd", descriptor(p.initramfs), "-append", p.cmdline()}
}

// network is the interface, and what is at the other end of its wire.
func (p plan) network() []string {
	device := "virtio-net-device,mac=" + p.mac + nicFeatures
	if p.wire == 0 {
		return []string{"-device", device}
	}
	return []string{"-netdev", fmt.Sprintf("stream,id=wire,server=off,addr.type=fd,addr.str=%d", p.wire), "-device", device + ",netdev=wire"}
}

func (p plan) machine() []string {
	accel, machine := accelTCG, machine
	if p.restore {
		accel = forkTCG
		machine += ",memory-backend=ram,suppress-vmdesc=on"
	}
	if p.kvm {
		accel = "kvm"
	}
	return []string{"-machine", machine, "-accel", accel, "-cpu", p.cpu}
}

func (p plan) cmdline() string {
	line := append([]string{}, kernelArgs...)
	if !p.kvm {
		line = append(line, emulatedKernelArgs...)
		if p.tscKHz != 0 {
			line = append(line, fmt.Sprintf("tsc_early_khz=%d", p.tscKHz))
		}
	}
	return strings.Join(append(line, p.kernelArgs...), " ")
}

func (d drive) args(n int) []string {
	var args []string
	for _, fd := range d.fds {
		args = append(args, "-add-fd", fmt.Sprintf("fd=%d,set=%d", fd, n))
	}
	// When the host's disk is full the guest is stopped, so that it loses nothing; it is told of other errors.
	mode, device := "read-only=off,discard=unmap", ",werror=enospc"
	if d.readOnly {
		mode, device = "read-only=on", ""
	}
	return append(args,
		"-blockdev", fmt.Sprintf("driver=raw,node-name=%s,%s,file.driver=file,file.filename=/dev/fdset/%d", nodeName(n), mode, n),
		"-device", fmt.Sprintf("virtio-blk-device,drive=%s,serial=%s%s", nodeName(n), d.serial, device))
}

func nodeName(disk int) string { return fmt.Sprintf("disk%d", disk) }

func socket(id string, fd int) string { return fmt.Sprintf("socket,id=%s,fd=%d", id, fd) }

func descriptor(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }
