package host

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"regexp"

	"golang.org/x/sys/unix"

	"banger/internal/problem"
)

// From linux/kvm.h.
const (
	kvmGetAPIVersion = 0xAE00
	kvmCreateVM      = 0xAE01
	kvmAPIVersion    = 12 // the only one since Linux 2.6.22
)

// hardwareFlag matches the CPU flag of Intel VT-x or AMD-V in /proc/cpuinfo.
var hardwareFlag = regexp.MustCompile(`(?m)^flags\s*:.*\b(vmx|svm)\b`)

// KVM returns nil when this process can run an ordinary guest on KVM, and else a
// problem that says why not and what to do.
func KVM() error { return kvm("/dev/kvm", "/proc/cpuinfo") }

func kvm(device, cpuinfo string) error {
	f, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return openProblem(device, err)
	}
	defer f.Close()
	if err := createVM(int(f.Fd())); err != nil {
		return problem.New(problem.Unavailable, "%s is there but makes no virtual machine: %w", device, err).
			WithRemedy("check the host kernel's log for kvm; until then VMs are emulated")
	}
	// Some hosts offer a KVM without hardware virtualization (PVM) on which only
	// modified guests run; QEMU aborts there.
	info, err := os.ReadFile(cpuinfo)
	if err != nil {
		return problem.New(problem.Unavailable, "look for hardware virtualization: %w", err)
	}
	if !hardwareFlag.Match(info) {
		return problem.New(problem.Unavailable, "%s is there, but the CPU shows no hardware virtualization (no vmx or svm flag)", device).
			WithRemedy("switch virtualization on in the firmware, or nested virtualization in the outer host; until then VMs are emulated")
	}
	return nil
}

func openProblem(device string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.New(problem.Unavailable, "%s does not exist", device).
			WithRemedy("load the module kvm_intel or kvm_amd, or switch virtualization on in the firmware; until then VMs are emulated")
	case errors.Is(err, fs.ErrPermission):
		return problem.New(problem.Unavailable, "%s is there, but you may not use it", device).
			WithRemedy("run: sudo usermod -aG kvm $USER, then log in anew; until then VMs are emulated")
	}
	return problem.New(problem.Unavailable, "%s cannot be opened: %w", device, err).
		WithRemedy("check the host kernel's log for kvm; until then VMs are emulated")
}

func createVM(fd int) error {
	version, err := unix.IoctlRetInt(fd, kvmGetAPIVersion)
	if err != nil {
		return err
	}
	if version != kvmAPIVersion {
		return errors.New("its API version is not 12")
	}
	vm, err := unix.IoctlRetInt(fd, kvmCreateVM)
	if err != nil {
		return err
	}
	return unix.Close(vm)
}

// TSCKHz is the rate of the host's time stamp counter in kHz, from bogomips in
// /proc/cpuinfo, which is twice the rate in MHz on x86 hosts with a constant TSC. It is 0 when that cannot be told.
func TSCKHz() int {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return 0
	}
	return tscKHz(info)
}

var bogomips = regexp.MustCompile(`(?m)^bogomips\s*:\s*(\d+)\.(\d{2})$`)

func tscKHz(cpuinfo []byte) int {
	m := bogomips.FindSubmatch(cpuinfo)
	if m == nil {
		return 0
	}
	hundredths := 0
	for _, c := range bytes.Join(m[1:], nil) {
		hundredths = hundredths*10 + int(c-'0')
	}
	return hundredths * 10 / 2
}
