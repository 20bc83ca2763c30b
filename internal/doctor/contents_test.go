package doctor

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/disk"
)

// json writes a value into a file as JSON.
func (b bench) json(path string, v any) {
	b.t.Helper()
	text, err := json.Marshal(v)
	must(b.t, err)
	b.write(path, string(text))
}

// kernel makes a whole kernel, which boots nothing.
func (b bench) kernel(name string) (dir string) {
	dir = filepath.Join(b.paths.Kernels(), name)
	files := map[string]map[string]any{}
	for _, file := range []string{"vmlinux", "modules.ext4"} {
		b.write(filepath.Join(dir, file), file)
		files[file] = map[string]any{"size": len(file), "sha256": fmt.Sprintf("%x", sha256.Sum256([]byte(file)))}
	}
	b.json(filepath.Join(dir, "manifest.json"), map[string]any{"release": "6.1.0", "source": "/k.deb", "files": files})
	return dir
}

// saved makes the folder of a machine that was written down.
func (b bench) saved(dir string) {
	b.t.Helper()
	sums := map[string]string{}
	for _, file := range []string{"memory", "state", "system.ext4", "work.ext4"} {
		b.write(filepath.Join(dir, file), file)
		f, err := os.Open(filepath.Join(dir, file))
		must(b.t, err)
		sums[file], err = disk.Checksum(b.t.Context(), f)
		f.Close()
		must(b.t, err)
	}
	shape := map[string]any{"engine": "emulated", "vcpus": 1, "memory_mib": 512}
	b.json(filepath.Join(dir, "manifest.json"), map[string]any{"format": 1, "shape": shape, "sums": sums})
}

func TestKernels(t *testing.T) {
	b := newBench(t)
	b.want("kernels", OK, "none yet")
	whole, cut := b.kernel("whole"), b.kernel("cut")
	b.want("kernels", OK, "whole, Linux 6.1.0")
	b.write(filepath.Join(cut, "vmlinux"), "VMLINUX")
	b.want("kernels", OK, "whole, Linux 6.1.0")
	b.want("kernels", Fail, "cut", "content has changed", "import it again from /k.deb")
	must(t, os.Remove(filepath.Join(whole, "manifest.json")))
	b.want("kernels", Fail, `"whole" is damaged`, "kernel pull --force whole")
	must(t, os.RemoveAll(b.paths.Kernels()))
	b.write(b.paths.Kernels(), "")
	b.want("kernels", Fail, "not a directory", b.paths.Kernels())
}

func TestImages(t *testing.T) {
	b := newBench(t)
	b.want("images", OK, "none yet")
	b.record()
	b.want("images", Fail, `"img" is damaged`, "banger image delete img")
	dir := filepath.Join(b.paths.Images(), id('1'))
	b.json(filepath.Join(dir, "manifest.json"), map[string]any{"format": 1, "id": id('1'), "size_bytes": 6})
	b.write(filepath.Join(dir, "rootfs.ext4"), "rootfs")
	b.sql(fmt.Sprintf("UPDATE images SET artifact_dir = '%s', rootfs_path = '%[1]s/rootfs.ext4'", dir))
	b.want("images", OK, "img")
	b.write(filepath.Join(dir, "rootfs.ext4"), "root")
	b.want("images", Fail, "4 bytes instead of 6")
	b.write(b.paths.Database(), strings.Repeat("garbage ", 1000))
	for _, code := range []string{"images", "snapshots", "leftovers"} {
		b.want(code, Warn, "the database cannot be read")
	}
}

func TestTemplates(t *testing.T) {
	b := newBench(t)
	b.want("templates", OK, "none yet")
	dir := filepath.Join(b.paths.Templates(), id('1'))
	b.saved(dir)
	b.want("templates", OK, "1 vcpu, 512 MiB, emulated")
	b.write(filepath.Join(dir, "memory"), "MEMORY")
	b.want("templates", Warn, dir, "memory: its content has changed", "nothing need be done")
	must(t, os.Rename(dir, dir+".damaged"))
	b.want("templates", Warn, dir+".damaged")
}

func TestSnapshots(t *testing.T) {
	b := newBench(t)
	b.want("snapshots", OK, "none")
	b.record()
	b.want("snapshots", Fail, "kept", "damaged", "delete it")
	dir := filepath.Join(b.paths.Snapshots(), id('3'))
	b.saved(dir)
	b.want("snapshots", OK, "kept")
	must(t, os.Remove(filepath.Join(dir, "state")))
	b.want("snapshots", Fail, "kept", "state", "no such file")
}

// TestContentsThatThereIsNoTimeToRead are not called damaged.
func TestContentsThatThereIsNoTimeToRead(t *testing.T) {
	b := newBench(t)
	b.record()
	b.kernel("large")
	b.saved(filepath.Join(b.paths.Templates(), id('1')))
	late, cancel := context.WithCancel(t.Context())
	cancel()
	for what, ask := range map[string]func(context.Context, *host) []Row{"large": checkKernels, "512 MiB": checkTemplates} {
		b.judge(ask(late, b.host), OK, what, "takes longer")
	}
}
