package qemu

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"banger/internal/disk"
	"banger/internal/vmm/host"
	"banger/internal/vmm/vmmtest"
)

// Where things lie in the outer guest.
const (
	nestedTest      = "/conformance"
	nestedKernel    = "/vmlinux"
	nestedInitramfs = "/initramfs"
)

// root writes the root file system of the outer guest.
type root struct {
	t    *testing.T
	tar  *tar.Writer
	done map[string]bool
}

// nestedRoot makes a root file system with the host's QEMU in it, this test program,
// and what both need.
func nestedRoot(t *testing.T, parts vmmtest.Parts) string {
	t.Helper()
	var archive bytes.Buffer
	r := root{t: t, tar: tar.NewWriter(&archive), done: map[string]bool{"/": true}}
	qemu, err := host.FindQEMU()
	if err != nil {
		t.Fatal(err)
	}
	r.program(qemu, "/usr/bin/"+host.Program)
	modprobe, err := exec.LookPath("modprobe")
	if err != nil {
		t.Fatal(err)
	}
	r.program(modprobe, "/sbin/modprobe")
	r.program("/proc/self/exe", nestedTest)
	for _, firmware := range []string{"bios-microvm.bin", "pvh.bin"} {
		r.file("/usr/share/qemu/"+firmware, "/usr/share/qemu/"+firmware)
	}
	r.file(parts.Kernel, nestedKernel)
	r.file(parts.Initramfs, nestedInitramfs)
	if err := r.tar.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rootfs.ext4")
	if err := disk.FromTar(t.Context(), &archive, path, 1<<30); err != nil {
		t.Fatal(err)
	}
	return path
}

// library matches the paths in what ldd prints, the loader's included.
var library = regexp.MustCompile(`(?m)(/\S+) \(0x`)

// program adds a program and its libraries.
func (r root) program(from, to string) {
	r.t.Helper()
	r.file(from, to)
	out, err := exec.Command("ldd", from).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "not a dynamic executable") {
		r.t.Fatalf("ldd %s: %v\n%s", from, err, out)
	}
	for _, match := range library.FindAllStringSubmatch(string(out), -1) {
		r.file(match[1], match[1])
	}
}

// file adds a file, once, and the folders that it lies in.
func (r root) file(from, to string) {
	r.t.Helper()
	if r.done[to] {
		return
	}
	r.folder(path.Dir(to))
	r.done[to] = true
	f, err := os.Open(from)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = r.tar.WriteHeader(&tar.Header{Name: to[1:], Mode: int64(info.Mode().Perm() | 0o444), Size: info.Size(), Typeflag: tar.TypeReg})
	}
	if err == nil {
		_, err = io.Copy(r.tar, f)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r root) folder(name string) {
	if r.done[name] {
		return
	}
	r.folder(path.Dir(name))
	r.done[name] = true
	if err := r.tar.WriteHeader(&tar.Header{Name: name[1:] + "/", Mode: 0o755, Typeflag: tar.TypeDir}); err != nil {
		r.t.Fatal(err)
	}
}
