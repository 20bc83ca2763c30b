package kernel

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"banger/internal/problem"
)

func TestLoadOrder(t *testing.T) {
	deps, err := parseDep("# made by hand\nk/blk.ko: k/virtio.ko k/ring.ko\nk/virtio.ko: k/ring.ko\n\nk/ring.ko:\nk/a.ko: k/b.ko\nk/b.ko: k/a.ko\n")
	must(t, err)
	for _, c := range []struct{ wanted, want string }{
		{"k/blk.ko", "k/ring.ko k/virtio.ko k/blk.ko"},
		{"k/virtio.ko k/blk.ko k/ring.ko", "k/ring.ko k/virtio.ko k/blk.ko"},
		{"k/unknown.ko", "k/unknown.ko"},
		{"k/a.ko", "k/b.ko k/a.ko"}, // a circle
		{"", ""},
	} {
		if got := deps.order(strings.Fields(c.wanted)); !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%q: got %q, want %q", c.wanted, got, c.want)
		}
	}
}

func TestParseDepRefuses(t *testing.T) {
	for _, text := range []string{"no colon\n", "../x.ko:\n", "/x.ko:\n", "x.ko: ../../y.ko\n", ":\n"} {
		_, err := parseDep(text)
		wantProblem(t, err, problem.Invalid, "modules.dep")
	}
}

func TestBootOrderHasWhatExt4AsksFor(t *testing.T) {
	files := map[string]string{"kernel/ext4.ko": "", "kernel/crc32c_generic.ko": "", "kernel/overlay.ko": ""}
	values := map[string]string{"EXT4_FS": "m", "OVERLAY_FS": "m", "VIRTIO_BALLOON": "m"}
	dir := fstest.MapFS{"modules.dep": {Data: []byte("kernel/ext4.ko:\n")}}
	for _, want := range [][]string{
		{"kernel/crc32c_generic.ko", "kernel/ext4.ko", "kernel/overlay.ko"},
		{"kernel/ext4.ko", "kernel/overlay.ko"}, // newer kernels have no such module
	} {
		got, err := bootOrder(dir, testModules(t, files), values)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
		delete(files, "kernel/crc32c_generic.ko")
	}
}

func FuzzParseDep(f *testing.F) {
	f.Add("k/blk.ko: k/virtio.ko k/ring.ko\nk/virtio.ko: k/ring.ko\n")
	f.Add("a: b\nb: a\n")
	f.Fuzz(func(t *testing.T, text string) {
		deps, err := parseDep(text)
		if err != nil {
			return
		}
		var all []string
		for m := range deps {
			all = append(all, m)
		}
		ordered := deps.order(all)
		if len(slices.Compact(slices.Sorted(slices.Values(ordered)))) != len(ordered) {
			t.Errorf("a module stands twice in %q", ordered)
		}
		for _, m := range ordered {
			if !filepath.IsLocal(m) {
				t.Errorf("%q leads out of the folder", m)
			}
		}
	})
}

func TestWriteBootModuleDecompresses(t *testing.T) {
	text := []byte(module("virtio_blk"))
	for suffix, packed := range map[string][]byte{
		"": text, ".gz": pack(t, "gzip", text), ".xz": pack(t, "xz", text), ".zst": pack(t, "zstd", text),
	} {
		to := t.TempDir()
		dir := fstest.MapFS{"k/virtio-blk.ko" + suffix: {Data: packed}}
		name, err := writeBootModule(dir, "k/virtio-blk.ko"+suffix, testRelease, to)
		got, readErr := os.ReadFile(filepath.Join(to, "virtio_blk.ko"))
		if err != nil || readErr != nil || name != "virtio_blk.ko" || !bytes.Equal(got, text) {
			t.Errorf("%q: got %q in %q, %v, %v", suffix, got, name, err, readErr)
		}
	}
}

func TestWriteBootModuleRefuses(t *testing.T) {
	dir := fstest.MapFS{
		"other.ko":   {Data: []byte("vermagic=6.1.0-other SMP")},
		"bad.ko.zst": {Data: []byte("not zstd at all")},
		"bomb.ko.gz": {Data: pack(t, "gzip", make([]byte, maxModule+1))},
	}
	for file, words := range map[string]string{
		"other.ko": "not built for the kernel " + testRelease, "bad.ko.zst": "bad cannot be read", "bomb.ko.gz": "larger than",
		"missing.ko": "missing cannot be read", "modules.dep": "no module",
	} {
		to := t.TempDir()
		_, err := writeBootModule(dir, file, testRelease, to)
		wantProblem(t, err, problem.Invalid, words)
		nothingLeft(t, to)
	}
}
