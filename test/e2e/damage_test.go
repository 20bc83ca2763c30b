package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/api"
	"banger/test/harness"
)

// TestDamagedDatabase: the error names the file, its bytes stay, doctor works and says the same.
func TestDamagedDatabase(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, "daemon", "stop")
	path := filepath.Join(h.State, "state.db")
	whole := readFile(t, path)
	t.Cleanup(func() { os.WriteFile(path, whole, 0o600) }) // so that the host can be closed
	garbage := append([]byte("this is no database\n"), bytes.Repeat([]byte{0x5a}, 8192)...)
	writeFile(t, path, garbage)

	refused(t, h, 1, []string{"state.db"}, "vm", "list")
	refused(t, h, 125, []string{"state.db"}, vmRun("--rm", "--", "true")...)
	if !bytes.Equal(readFile(t, path), garbage) {
		t.Error("the damaged file was written to")
	}
	wantCheck(t, h, "database", "fail")
}

// TestDamagedImage: a root file system that lost its end, or its file, is refused by name, before a VM runs.
func TestDamagedImage(t *testing.T) {
	h := ownHost(t, true)
	rootfs := find(t, filepath.Join(h.State, "images"), "rootfs.ext4")
	whole := rootfs + ".whole"
	if err := os.Rename(rootfs, whole); err != nil {
		t.Fatal(err)
	}
	refused(t, h, 125, []string{harness.Image}, vmRun("--rm", "--name", "gone", "--", "true")...)
	if err := os.WriteFile(rootfs, []byte("short"), 0o400); err != nil {
		t.Fatal(err)
	}
	refused(t, h, 125, []string{harness.Image}, vmRun("--rm", "--name", "short", "--", "true")...)
	wantCheck(t, h, "images", "fail")
	wantNoVMs(t, h)
}

// TestDamagedKernel: a changed or missing file of a kernel is refused by the kernel's name.
func TestDamagedKernel(t *testing.T) {
	h := ownHost(t, true)
	path := kernelFile(h, "vmlinux")
	whole := readFile(t, path)
	writeFile(t, path, whole[:len(whole)/2])
	refused(t, h, 125, []string{harness.Kernel, "kernel"}, vmRun("--rm", "--name", "half", "--", "true")...)
	wantCheck(t, h, "kernels", "fail")
	writeFile(t, path, whole)

	manifest := kernelFile(h, "manifest.json")
	writeFile(t, manifest, []byte("{"))
	refused(t, h, 125, []string{harness.Kernel}, vmRun("--rm", "--name", "no-manifest", "--", "true")...)
	wantNoVMs(t, h)
}

// TestDamagedLaunchFile: a machine's launch.json is written anew by each start, so damage to it is nothing to a user.
func TestDamagedLaunchFile(t *testing.T) {
	remove(t, "relaunch")
	must(t, world.host, append([]string{"vm", "create", "--name", "relaunch"}, small...)...)
	launch := find(t, filepath.Join(world.host.State, "vms", show(t, "relaunch").ID), "launch.json")
	writeFile(t, launch, []byte(`{"name": "relaunch", "kernel": "/etc/passwd"`))
	must(t, world.host, "vm", "exec", "relaunch", "--", "true")
	must(t, world.host, "vm", "stop", "relaunch")

	// A supervisor that is handed the damaged file says so, on descriptor 3, and ends.
	shim := world.host.Program("bangerd")
	shim.Path, shim.Args = "/bin/sh", []string{"-c", `exec "$0" shim "$1" 3>&2`, shim.Path, launch}
	if r := run(t, shim); r.Exit == 0 || !strings.Contains(r.Stderr, "launch.json") {
		t.Errorf("bangerd shim: exit %d, stderr %q", r.Exit, r.Stderr)
	}
	must(t, world.host, "vm", "start", "relaunch")
	wantState(t, "relaunch", "running")
}

// TestDamagedConfiguration: an unknown key is named with its line; doctor works all the same.
func TestDamagedConfiguration(t *testing.T) {
	h := ownHost(t, false)
	for content, words := range map[string][]string{
		"log_level = \"info\"\ncolour = 3\n":   {"config.toml", "colour", "2"},
		"engine = \"vmware\"\n":                {"vmware"},
		"[vm_defaults]\nmemory = \"plenty\"\n": {"plenty"},
		"engine = \n":                          {"config.toml", "1"},
	} {
		if err := os.WriteFile(h.Config, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, h, 125, words, "vm", "run", "--rm", "--", "true")
		wantCheck(t, h, "config", "fail")
	}
	if err := os.Remove(h.Config); err != nil {
		t.Fatal(err)
	}
	// A variable goes before the file; a bad one is named.
	wantRefusal(t, run(t, h.Banger("vm", "run", "--", "true").With("BANGER_ENGINE=vmware")), 125, []string{"vmware"}, nil)
}

func wantNoVMs(t *testing.T, h *harness.Host) {
	t.Helper()
	if list := mustJSON[api.VMList](t, h, "vm", "list"); len(list.VMs) != 0 {
		t.Errorf("%d VMs are left: %+v", len(list.VMs), list.VMs)
	}
}

// find gives the one file of that name under dir.
func find(t *testing.T, dir, name string) string {
	t.Helper()
	var found []string
	filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Name() == name {
			found = append(found, path)
		}
		return nil
	})
	if len(found) != 1 {
		t.Fatalf("%d files called %s under %s", len(found), name, dir)
	}
	return found[0]
}
