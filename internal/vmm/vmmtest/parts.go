package vmmtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"banger/internal/initramfs"
	"banger/internal/kernel"
	"banger/internal/kernel/kerneltest"
)

// scratch is where this test program's parts lie.
var scratch = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "banger-vmmtest-") })

// RemoveParts deletes what Probe and Parts have made.
func RemoveParts() {
	if dir, err := scratch(); err == nil {
		os.RemoveAll(dir)
	}
}

// Probe builds test/probe and gives its path on the host.
func Probe(t testing.TB) string { return build(t, "probe", "./test/probe") }

// Parts gives a kernel and an initramfs with the agent of this source tree and /probe in
// it. Both lie in folders that only their owner can enter.
func Parts(t testing.TB) (kernelPath, initramfsPath string) {
	t.Helper()
	k := kerneltest.Debian(t)
	path := filepath.Join(scratchDir(t), "initramfs")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := writeInitramfs(path, read(t, build(t, "agent", "./cmd/banger-agent")), read(t, Probe(t)), modules(t, k)); err != nil {
			t.Fatal(err)
		}
	}
	return k.VMLinux(), path
}

func writeInitramfs(path string, agent, probe []byte, modules []initramfs.Module) error {
	var archive bytes.Buffer
	if err := initramfs.Write(&archive, agent, modules); err != nil {
		return err
	}
	// The kernel unpacks archives that follow each other, each into the same root.
	addEntry(&archive, "probe", 0o100755, probe)
	addEntry(&archive, "TRAILER!!!", 0, nil)
	return os.WriteFile(path, archive.Bytes(), 0o444)
}

// addEntry adds a file to a newc archive.
func addEntry(b *bytes.Buffer, name string, mode int, data []byte) {
	b.WriteString("070701")
	for _, field := range []int{1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0} {
		fmt.Fprintf(b, "%08x", field)
	}
	for _, part := range [][]byte{[]byte(name + "\x00"), data} {
		b.Write(part)
		b.Write(make([]byte, -b.Len()&3))
	}
}

func modules(t testing.TB, k kernel.Kernel) (list []initramfs.Module) {
	t.Helper()
	for _, path := range k.BootModules() {
		name, _ := strings.CutSuffix(filepath.Base(path), ".ko")
		list = append(list, initramfs.Module{Name: name, Data: read(t, path)})
	}
	return list
}

// build compiles a static program of this source tree.
func build(t testing.TB, name, pkg string) string {
	t.Helper()
	path := filepath.Join(scratchDir(t), name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	root, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatalf("find the source tree: %v", err)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", path, pkg)
	cmd.Dir = filepath.Dir(strings.TrimSpace(string(root)))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTOOLCHAIN=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return path
}

func scratchDir(t testing.TB) string {
	t.Helper()
	dir, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
