package vmmtest

import (
	"os"
	"testing"
	"time"

	"banger/internal/vmm"
)

// patience bounds every wait: a hang is a failure, a slow host is not.
const patience = 3 * time.Minute

// Subject is an engine under test and what its machines are made of.
type Subject struct {
	New func() (vmm.Engine, error)
	// Kernel and Initramfs are paths; Probe is the path of test/probe in the guest.
	Kernel, Initramfs, Probe string
	// Panic is the command that makes the guest's kernel panic.
	Panic []string
	// Spoil are ways to make a good spec one that cannot be started.
	Spoil map[string]func(t *testing.T, s *vmm.Spec)
}

// Run runs the suite.
func Run(t *testing.T, s Subject) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s Subject)
	}{
		{"a life", life},
		{"disks", disks},
		{"network", network},
		{"fork", fork},
		{"console that cannot be written", deafConsole},
		{"kill", kill},
		{"panic", kernelPanic},
		{"killed from outside", killedFromOutside},
		{"told to end from outside", toldToEnd},
		{"called off", calledOff},
		{"cannot start", cannotStart},
		{"death of the starter", starterDies},
	} {
		t.Run(c.name, func(t *testing.T) {
			nothingLeft(t)
			c.run(t, s)
		})
	}
}

// spec is a machine of a subject's parts. Its files are closed when the test ends.
func (s Subject) spec(t testing.TB) vmm.Spec {
	t.Helper()
	return vmm.Spec{
		Name: "conformance", VCPUs: 1, MemoryMiB: 512,
		Kernel: open(t, s.Kernel, os.O_RDONLY), Initramfs: open(t, s.Initramfs, os.O_RDONLY),
		Console: &Transcript{}, Log: &Transcript{},
	}
}

func (s Subject) engine(t testing.TB) vmm.Engine {
	t.Helper()
	e, err := s.New()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func open(t testing.TB, path string, flag int) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
