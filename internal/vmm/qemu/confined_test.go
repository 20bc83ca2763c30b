package qemu

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/vmm"
	"banger/internal/vmm/child"
	"banger/internal/vmm/vmmtest"
)

// quoted matches the paths in strace's lines of file system calls.
var quoted = regexp.MustCompile(`"([^"]*)"`)

// TestOpensNoPathOfBangers boots out of a folder that only its owner can enter, as
// somebody else when this test is root, under strace.
func TestOpensNoPathOfBangers(t *testing.T) {
	parts := vmmtest.TestParts(t)
	state := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	log := &vmmtest.Transcript{}
	spec := vmm.Spec{
		Name: "confined", VCPUs: 1, MemoryMiB: 512, Console: &vmmtest.Transcript{}, Log: log,
		Kernel:    kept(t, parts.Kernel, filepath.Join(state, "vmlinux"), 0o444, os.O_RDONLY),      // opened anew by QEMU
		Initramfs: kept(t, parts.Initramfs, filepath.Join(state, "initramfs"), 0o400, os.O_RDONLY), // copied to memory
		Disks: []vmm.Disk{
			{Serial: "rootless", ReadOnly: true, File: kept(t, parts.Probe, filepath.Join(state, "ro"), 0o400, os.O_RDONLY)},
			{Serial: "work", File: kept(t, parts.Probe, filepath.Join(state, "rw"), 0o600, os.O_RDWR)},
		},
	}
	const uid = 0x70000000 + 2
	if os.Getuid() == 0 {
		spec.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	engine, err := emulated()
	if err != nil {
		t.Fatal(err)
	}
	traced := engine.(*Engine)
	traced.program = append([]string{"/usr/bin/strace", "-f", "-e", "trace=%file"}, traced.program...)
	m, err := traced.Start(t.Context(), spec)
	if err != nil {
		t.Fatalf("start: %v\n%s", err, log)
	}
	defer m.Kill()
	session, err := guestlink.Connect(t.Context(), m.Guest())
	if err != nil {
		t.Fatalf("the agent: %v\n%s", err, spec.Console)
	}
	if spec.Credential != nil {
		ownedBy(t, m.PID(), uid)
	}
	session.Call(t.Context(), guestlink.Request{Op: guestlink.OpPowerOff})
	<-m.Done()
	onlyForeignPaths(t, log.String(), state, filepath.Dir(parts.Kernel), filepath.Dir(parts.Initramfs))
}

// onlyForeignPaths reads a trace and finds none of the folders in it.
func onlyForeignPaths(t *testing.T, trace string, folders ...string) {
	t.Helper()
	if len(trace) >= child.MaxLog {
		t.Fatal("the trace was cut off")
	}
	descriptors := 0
	for _, match := range quoted.FindAllStringSubmatch(trace, -1) {
		if strings.HasPrefix(match[1], "/proc/self/fd/") {
			descriptors++
		}
		for _, folder := range folders {
			if strings.HasPrefix(match[1], folder) {
				t.Errorf("QEMU opened %s", match[1])
			}
		}
	}
	if descriptors == 0 {
		t.Errorf("the trace does not even show the kernel being opened:\n%s", trace)
	}
}

// ownedBy checks who runs a process and every thread of QEMU's: all four ids, no group beside.
func ownedBy(t *testing.T, pid int, uid int) {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	ids := strings.Repeat("\t"+strconv.Itoa(uid), 4) + "\n"
	for _, line := range []string{"\nUid:" + ids, "\nGid:" + ids, "\nGroups:\t \n", "\nCapEff:\t0000000000000000\n"} {
		if !strings.Contains(string(status), line) {
			t.Errorf("the status of QEMU's process lacks %q:\n%s", line, status)
		}
	}
}

// kept copies a file into a folder and opens the copy.
func kept(t *testing.T, from, to string, mode os.FileMode, flag int) *os.File {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(to, mode); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(to, flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
