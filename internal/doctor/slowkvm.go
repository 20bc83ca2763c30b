package doctor

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A VM on KVM gets a kernel thread that mends its huge pages, a part of the mitigation of iTLB multihit (kvm.nx_huge_pages).
// From Linux 6.0 to 6.12 the start of the VM waits until that thread has been moved into the VM's control group, and such
// moves wait for an RCU grace period, some ten milliseconds, unless a mount of cgroups has the option favordynmods. Since
// Linux 6.13 it is a thread of the VM's process, which nobody moves.
const (
	slowSinceMajor, slowSinceMinor   = 6, 0
	quickAgainMajor, quickAgainMinor = 6, 13
)

// checkNXHugePages looks for VMs that wait for the mitigation of a flaw that the processor does not have.
func checkNXHugePages(_ context.Context, h *host) []Row {
	if why := h.quickStarts(); why != "" {
		return passed(why)
	}
	if h.hasMultihit() {
		return passed("this processor needs the mitigation; see favordynmods")
	}
	return warned("each start on KVM waits for a thread against a flaw that this processor does not have",
		"write `options kvm nx_huge_pages=never` to /etc/modprobe.d/kvm-nx-huge-pages.conf and boot the host anew")
}

// checkFavorDynMods looks for VMs that wait longer than need be for a mitigation that the processor needs.
func checkFavorDynMods(_ context.Context, h *host) []Row {
	if why := h.quickStarts(); why != "" {
		return passed(why)
	}
	if !h.hasMultihit() {
		return passed("not needed once nx-huge-pages is as it should be")
	}
	return warned("each start on KVM waits for its control group, which is not mounted with favordynmods",
		"sudo mount -o remount,favordynmods /sys/fs/cgroup")
}

// quickStarts says why starts on KVM do not wait for the thread, and nothing when they do.
func (h *host) quickStarts() string {
	if h.kvm() != nil {
		return "of no account while VMs are emulated"
	}
	release := h.release()
	if olderThan(release, slowSinceMajor, slowSinceMinor) || !olderThan(release, quickAgainMajor, quickAgainMinor) {
		return "of no account on Linux " + release
	}
	if setting, _ := h.read("sys/module/kvm/parameters/nx_huge_pages"); setting == "never" {
		return "kvm.nx_huge_pages is never"
	}
	for _, m := range h.cgroupMounts() {
		if slices.Contains(m.options, "favordynmods") {
			return m.point + " is mounted with favordynmods"
		}
	}
	return ""
}

// hasMultihit reports whether the processor has the flaw, or may have it.
func (h *host) hasMultihit() bool {
	state, _ := h.read("sys/devices/system/cpu/vulnerabilities/itlb_multihit")
	return state != "Not affected"
}

// quietLevel is the console_loglevel (proc_sys_kernel(5)) of a kernel that was booted with "quiet": only errors are shown.
const quietLevel = 4

// checkSerialConsole looks for kernel messages, of which a VM's start causes some, that go out bit by bit
// while everything waits: 11,520 characters a second.
func checkSerialConsole(_ context.Context, h *host) []Row {
	if h.kvm() != nil {
		return passed("of no account while VMs are emulated")
	}
	console := h.serialConsole()
	if console == "" {
		return passed("the kernel writes to no serial console")
	}
	printk, _ := h.read("proc/sys/kernel/printk")
	first, _, _ := strings.Cut(printk, "\t")
	level, err := strconv.Atoi(first)
	if err != nil {
		return warned("what the kernel writes to the serial console "+console+" is not known", "mount /proc")
	}
	if level > quietLevel {
		return warned(fmt.Sprintf("the kernel writes messages to the serial console %s (level %d), and starts wait for them", console, level),
			fmt.Sprintf("sudo sysctl -w kernel.printk=%d", quietLevel))
	}
	return passed("the kernel writes only errors to the serial console " + console)
}

// serialConsole is the first enabled serial line of /proc/consoles (proc_consoles(5)), empty when there is none.
func (h *host) serialConsole() string {
	consoles, _ := h.read("proc/consoles")
	for line := range strings.Lines(consoles) {
		name, rest, _ := strings.Cut(line, " ")
		_, flags, _ := strings.Cut(rest, "(")
		if strings.HasPrefix(name, "ttyS") && strings.HasPrefix(flags, "E") {
			return name
		}
	}
	return ""
}
