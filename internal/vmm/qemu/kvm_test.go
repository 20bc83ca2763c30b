//go:build kvm

package qemu

import (
	"encoding/json"
	"os"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/vmm"
	"banger/internal/vmm/host"
	"banger/internal/vmm/vmmtest"
)

// insideVariable is set where TestConformanceOnKVM runs in a machine of its own.
const insideVariable = "BANGER_TEST_NESTED"

// TestConformanceOnKVM needs no KVM: without it, it runs itself in an emulated machine
// whose CPU has AMD-V, where KVM works, slowly.
func TestConformanceOnKVM(t *testing.T) {
	err := host.KVM()
	switch {
	case err == nil:
		vmmtest.Run(t, subject(t, onKVM))
	case os.Getenv(insideVariable) != "":
		t.Fatalf("KVM does not work in the emulated machine either: %v", err)
	default:
		nested(t)
	}
}

// nested runs this test in a machine.
func nested(t *testing.T) {
	parts := vmmtest.TestParts(t)
	rootfs := nestedRoot(t, parts)
	console := &vmmtest.Transcript{}
	spec := vmm.Spec{
		Name: "nested", VCPUs: 2, MemoryMiB: 1536, Console: console, Log: console,
		Kernel: openFile(t, parts.Kernel), Initramfs: openFile(t, parts.Initramfs),
		Disks: []vmm.Disk{
			{Serial: "rootfs", ReadOnly: true, File: openFile(t, rootfs)},
			{Serial: "modules", ReadOnly: true, File: openFile(t, parts.Modules)},
		},
	}
	engine, err := emulated()
	if err != nil {
		t.Fatal(err)
	}
	engine.(*Engine).cpu = "EPYC,+svm,+npt"
	m, err := engine.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Kill()
	session, err := guestlink.Connect(t.Context(), m.Guest())
	if err != nil {
		t.Fatalf("the outer guest: %v\n%s", err, console)
	}
	inside, err := json.Marshal(vmmtest.Parts{Kernel: nestedKernel, Initramfs: nestedInitramfs})
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", insideVariable + "=1", vmmtest.PartsVariable + "=" + string(inside)}
	for _, args := range [][]string{
		{"modprobe", "kvm-amd"},
		{nestedTest, "-test.v", "-test.run", "^" + t.Name() + "$"},
	} {
		stream, err := session.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		exit, err := guestlink.RunExec(t.Context(), stream, guestlink.Exec{Args: args, Env: env, Dir: "/"}, guestlink.IO{Stdout: t.Output(), Stderr: t.Output()})
		if err != nil || exit.Status() != 0 {
			t.Fatalf("%s in the outer guest: status %d, %v\n%s", args[0], exit.Status(), err, console)
		}
	}
}

func openFile(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
