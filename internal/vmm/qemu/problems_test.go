package qemu

import (
	"os"
	"testing"

	"banger/internal/problem"
	"banger/internal/vmm"
	"banger/internal/vmm/vmmtest"
)

// TestFailedStartsHaveARemedy makes QEMU complain and looks at what becomes of it.
func TestFailedStartsHaveARemedy(t *testing.T) {
	parts := vmmtest.TestParts(t)
	for name, c := range map[string]struct {
		spoil func(*vmm.Spec)
		code  problem.Code
	}{
		"no kernel":              {func(s *vmm.Spec) { s.Kernel = garbage(t) }, problem.Damaged},
		"an ELF file, no kernel": {func(s *vmm.Spec) { s.Kernel = reading(t, "/proc/self/exe") }, problem.Damaged},
		"too much memory":        {func(s *vmm.Spec) { s.MemoryMiB = maxMiB }, problem.Exhausted},
	} {
		spec := vmm.Spec{
			Name: "broken", VCPUs: 1, MemoryMiB: 512, Console: &vmmtest.Transcript{}, Log: &vmmtest.Transcript{},
			Kernel: reading(t, parts.Kernel), Initramfs: reading(t, parts.Initramfs),
		}
		c.spoil(&spec)
		engine, err := emulated()
		if err != nil {
			t.Fatal(err)
		}
		m, err := engine.Start(t.Context(), spec)
		if err == nil {
			m.Kill()
			t.Fatalf("%s: it started", name)
		}
		if problem.CodeOf(err) != c.code || problem.RemedyOf(err) == "" {
			t.Errorf("%s: got %v (code %s, remedy %q), want code %s and a remedy", name, err, problem.CodeOf(err), problem.RemedyOf(err), c.code)
		}
	}
	if err := complaint("Could not access KVM kernel module: Permission denied"); problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("no access to KVM gives %v", err)
	}
}

func reading(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
