package vmmtest

import (
	"bytes"
	"context"
	"encoding/json"
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

// Parts are what a machine boots from: paths.
type Parts struct {
	Kernel, Initramfs string
	// Modules is the read-only file system with the kernel's other modules.
	Modules string
	// Probe is test/probe on the host; the initramfs has it as /probe.
	Probe string
}

// PartsVariable is an environment variable with the JSON of ready-made Parts, for a test program that
// runs where nothing can be built.
const PartsVariable = "BANGER_VMMTEST_PARTS"

// MakeParts makes an initramfs with the agent of this source tree and /probe in the
// folder dir. The kernel is that of kerneltest.
func MakeParts(ctx context.Context, dir string) (Parts, error) {
	probe, err := makeProbe(dir)
	if err != nil {
		return Parts{}, err
	}
	k, err := kerneltest.Pull(ctx)
	if err != nil {
		return Parts{}, err
	}
	p := Parts{Kernel: k.VMLinux(), Modules: k.ModulesDisk(), Initramfs: filepath.Join(dir, "initramfs"), Probe: probe}
	return p, writeInitramfs(p, filepath.Join(dir, "agent"), k)
}

// TestParts is MakeParts once per test program, whose Main removes them.
func TestParts(t testing.TB) Parts {
	t.Helper()
	p, err := testParts()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestProbe is the probe alone, for engines that boot nothing.
func TestProbe(t testing.TB) string {
	t.Helper()
	path, err := testProbe()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func testProbe() (string, error) {
	if ready, err := readyParts(); ready.Probe != "" || err != nil {
		return ready.Probe, err
	}
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	return makeProbe(dir)
}

// readyParts are those of PartsVariable, empty when it is not set.
func readyParts() (p Parts, err error) {
	if ready := os.Getenv(PartsVariable); ready != "" {
		err = json.Unmarshal([]byte(ready), &p)
	}
	return p, err
}

// scratch is where this test program's parts lie.
var scratch = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "banger-vmmtest-") })

var testParts = sync.OnceValues(func() (Parts, error) {
	if ready, err := readyParts(); ready.Kernel != "" || err != nil {
		return ready, err
	}
	dir, err := scratch()
	if err != nil {
		return Parts{}, err
	}
	return MakeParts(context.Background(), dir)
})

func removeScratch() {
	if dir, err := scratch(); err == nil {
		os.RemoveAll(dir)
	}
}

func makeProbe(dir string) (string, error) {
	path := filepath.Join(dir, "probe")
	return path, build(path, "./test/probe")
}

func writeInitramfs(p Parts, agentPath string, k kernel.Kernel) error {
	if err := build(agentPath, "./cmd/banger-agent"); err != nil {
		return err
	}
	agent, err := os.ReadFile(agentPath)
	if err != nil {
		return err
	}
	probe, err := os.ReadFile(p.Probe)
	if err != nil {
		return err
	}
	var modules []initramfs.Module
	for _, path := range k.BootModules() {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		modules = append(modules, initramfs.Module{Name: strings.TrimSuffix(filepath.Base(path), ".ko"), Data: data})
	}
	var archive bytes.Buffer
	if err := initramfs.Write(&archive, agent, modules); err != nil {
		return err
	}
	// The kernel unpacks archives that follow each other, each into the same root.
	addEntry(&archive, "probe", 0o100755, probe)
	addEntry(&archive, "TRAILER!!!", 0, nil)
	return os.WriteFile(p.Initramfs, archive.Bytes(), 0o444)
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

// build compiles a static program of this source tree.
func build(path, pkg string) error {
	root, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("find the source tree: %w", err)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", path, pkg)
	cmd.Dir = filepath.Dir(strings.TrimSpace(string(root)))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTOOLCHAIN=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}
