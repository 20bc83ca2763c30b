package qemu

import (
	"io"
	"os"
	"strings"
	"testing"

	"banger/internal/problem"
	"banger/internal/vmm"
)

func TestSpecsThatAreRefused(t *testing.T) {
	good := vmm.Spec{
		Name: "quiet-otter", VCPUs: 1, MemoryMiB: 512, Kernel: os.Stdin, Initramfs: os.Stdin,
		Console: io.Discard, Log: io.Discard, KernelArgs: []string{"loglevel=3"},
		Disks: []vmm.Disk{{Serial: "rootfs", File: os.Stdin}, {Serial: "work", File: os.Stdin}},
	}
	if err := check(good); err != nil {
		t.Fatalf("a good spec was refused: %v", err)
	}
	disks := func(serials ...string) (list []vmm.Disk) {
		for _, s := range serials {
			list = append(list, vmm.Disk{Serial: s, File: os.Stdin})
		}
		return list
	}
	for name, spoil := range map[string]func(*vmm.Spec){
		"no name":                      func(s *vmm.Spec) { s.Name = "" },
		"a name with an option":        func(s *vmm.Spec) { s.Name = "a,debug-threads=on" },
		"a name that is an option":     func(s *vmm.Spec) { s.Name = "-S" },
		"no vCPU":                      func(s *vmm.Spec) { s.VCPUs = 0 },
		"more vCPUs than there can be": func(s *vmm.Spec) { s.VCPUs = 65 },
		"too little memory":            func(s *vmm.Spec) { s.MemoryMiB = 32 },
		"too much memory":              func(s *vmm.Spec) { s.MemoryMiB = 5 << 20 },
		"no kernel":                    func(s *vmm.Spec) { s.Kernel = nil },
		"no console":                   func(s *vmm.Spec) { s.Console = nil },
		"two kernel arguments in one":  func(s *vmm.Spec) { s.KernelArgs = []string{"a init=/bin/sh"} },
		"a quoted kernel argument":     func(s *vmm.Spec) { s.KernelArgs = []string{`a"`} },
		"an empty kernel argument":     func(s *vmm.Spec) { s.KernelArgs = []string{""} },
		"a serial with an option":      func(s *vmm.Spec) { s.Disks = disks("a,iothread=x") },
		"a serial too long":            func(s *vmm.Spec) { s.Disks = disks(strings.Repeat("a", 21)) },
		"a serial twice":               func(s *vmm.Spec) { s.Disks = disks("work", "work") },
		"a disk without a file":        func(s *vmm.Spec) { s.Disks = []vmm.Disk{{Serial: "work"}} },
	} {
		s := good
		spoil(&s)
		if code := problem.CodeOf(check(s)); check(s) == nil || code != problem.Invalid && code != problem.Internal {
			t.Errorf("%s: got %v, want a problem", name, check(s))
		}
	}
}
