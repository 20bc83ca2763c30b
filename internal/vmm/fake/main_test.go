package fake

import (
	"os"
	"path/filepath"
	"testing"

	"banger/internal/vmm"
	"banger/internal/vmm/vmmtest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Role {
		os.Exit(RunGuest(os.Args[2:]))
	}
	vmmtest.Main(m, New)
}

func TestConformance(t *testing.T) {
	nothing := filepath.Join(t.TempDir(), "nothing")
	if err := os.WriteFile(nothing, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	probe := vmmtest.TestProbe(t)
	vmmtest.Run(t, vmmtest.Subject{
		New: New, Kernel: nothing, Initramfs: nothing, Probe: probe,
		Panic: []string{probe, "signal", "1", "10"},
		Spoil: map[string]func(*testing.T, *vmm.Spec){
			"no console": func(_ *testing.T, s *vmm.Spec) { s.Console = nil },
		},
	})
}
