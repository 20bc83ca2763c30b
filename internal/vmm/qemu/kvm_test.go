package qemu

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/vmm"
	"banger/internal/vmm/vmmtest"
)

// TestOnKVMInsideEmulation runs the suite on KVM where the host has none: in an emulated
// machine whose CPU has AMD-V. KVM works there, slowly. That machine has one processor: with two, run by two
// threads, QEMU 7.2 now and then loses a wake-up of the nested guest or of the machine itself, and one run in some five hung; with
// one, guests of two processors ran 14 times in a row on a busy host.
func TestOnKVMInsideEmulation(t *testing.T) {
	parts := vmmtest.TestParts(t)
	rootfs := nestedRoot(t, parts)
	console := &vmmtest.Transcript{}
	spec := vmm.Spec{
		Name: "nested", VCPUs: 1, MemoryMiB: 1536, Console: console, Log: console,
		Kernel: reading(t, parts.Kernel), Initramfs: reading(t, parts.Initramfs),
		Disks: []vmm.Disk{
			{Serial: "rootfs", ReadOnly: true, File: reading(t, rootfs)},
			{Serial: "modules", ReadOnly: true, File: reading(t, parts.Modules)},
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
	env := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", vmmtest.PartsVariable + "=" + string(inside)}
	var said vmmtest.Transcript
	for _, args := range [][]string{
		{"modprobe", "kvm-amd"},
		{nestedTest, "-test.v", "-test.run", "TestConformance/on_KVM"},
	} {
		stream, err := session.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := io.MultiWriter(t.Output(), &said)
		exit, err := guestlink.RunExec(t.Context(), stream, guestlink.Exec{Args: args, Env: env, Dir: "/"}, guestlink.IO{Stdout: out, Stderr: out})
		if err != nil || exit.Status() != 0 {
			t.Fatalf("%s in the outer guest: status %d, %v\n%s", args[0], exit.Status(), err, console)
		}
	}
	if !strings.Contains(said.String(), "--- PASS: TestConformance/on_KVM") {
		t.Errorf("the suite was not run on KVM")
	}
}
