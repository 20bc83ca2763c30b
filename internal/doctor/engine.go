package doctor

import (
	"context"
	"fmt"

	engines "banger/internal/vmm/host"
)

// minQEMU is the oldest QEMU that banger's command line was proven with.
const minQEMUMajor, minQEMUMinor = 7, 2

// checkEngine looks for QEMU.
func checkEngine(ctx context.Context, _ *host) []Row {
	path, err := engines.FindQEMU()
	if err != nil {
		return problemRow(Fail, err, "install the package qemu-system-x86")
	}
	version, err := versionOf(ctx, path, "--version")
	if err != nil {
		return failed(err.Error(), "install the package qemu-system-x86 anew")
	}
	if olderThan(version, minQEMUMajor, minQEMUMinor) {
		return failed(fmt.Sprintf("%s is QEMU %s", path, version),
			fmt.Sprintf("banger needs QEMU %d.%d or newer", minQEMUMajor, minQEMUMinor))
	}
	return passed(fmt.Sprintf("QEMU %s, %s", version, path))
}

// checkKVM says whether VMs run on the hardware or emulated, and what the setting makes of that.
func checkKVM(_ context.Context, h *host) []Row {
	err := h.kvm()
	switch {
	case err != nil && h.config.Engine == engines.QEMU:
		return failed(fmt.Sprintf("the setting engine = %q asks for KVM, and %v", engines.QEMU, err), "make KVM usable, or set engine = \"auto\"")
	case err != nil:
		return problemRow(Warn, err, "nothing need be done: VMs are emulated")
	case h.config.Engine == engines.Emulated:
		return passed(fmt.Sprintf("KVM is usable, and the setting engine = %q leaves it unused", engines.Emulated))
	}
	return passed("KVM is usable")
}
