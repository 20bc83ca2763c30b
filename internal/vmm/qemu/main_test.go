package qemu

import (
	"os"
	"path/filepath"
	"testing"

	"banger/internal/vmm"
	"banger/internal/vmm/host"
	"banger/internal/vmm/vmmtest"
)

func emulated() (vmm.Engine, error) { return New(false) }

func onKVM() (vmm.Engine, error) { return New(true) }

func TestMain(m *testing.M) { vmmtest.Main(m, emulated, onKVM) }

func TestConformance(t *testing.T) {
	t.Run("emulated", func(t *testing.T) { vmmtest.Run(t, subject(t, emulated)) })
	if host.KVM() != nil {
		return // TestOnKVMInsideEmulation runs it where there is KVM
	}
	t.Run("on KVM", func(t *testing.T) { vmmtest.Run(t, subject(t, onKVM)) })
}

func subject(t *testing.T, engine func() (vmm.Engine, error)) vmmtest.Subject {
	parts := vmmtest.TestParts(t)
	return vmmtest.Subject{
		New: engine, Kernel: parts.Kernel, Initramfs: parts.Initramfs, Probe: "/probe",
		Panic: []string{"/probe", "panic"},
		Spoil: map[string]func(*testing.T, *vmm.Spec){
			"a kernel that is none": func(t *testing.T, s *vmm.Spec) { s.Kernel = garbage(t) },
			"a read-only file as a disk to write": func(t *testing.T, s *vmm.Spec) {
				s.Disks = []vmm.Disk{{Serial: "work", File: garbage(t)}}
			},
			"more memory than there is": func(_ *testing.T, s *vmm.Spec) { s.MemoryMiB = maxMiB },
			"a spec that is refused":    func(_ *testing.T, s *vmm.Spec) { s.VCPUs = 0 },
		},
	}
}

// garbage is a file that is no kernel, open for reading.
func garbage(t *testing.T) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
