package disk

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// scattered writes a file of 64 MiB with data at both ends, across a block
// boundary, and zeroes that are really on the disk.
func scattered(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "src")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	random := make([]byte, 9000)
	_, _ = rand.Read(random)
	for _, off := range []int64{0, 1<<20 + 4000, 64<<20 - 9000} {
		_, err := f.WriteAt(random, off)
		must(t, err)
	}
	_, err = f.WriteAt(make([]byte, 4<<20), 16<<20)
	must(t, err)
	return path
}

func TestCloneKeepsBytesAndHoles(t *testing.T) {
	src := scattered(t)
	dst := filepath.Join(t.TempDir(), "dst")
	must(t, os.Chmod(src, 0o444))
	must(t, Clone(t.Context(), src, dst))
	want, err := os.ReadFile(src)
	must(t, err)
	got, err := os.ReadFile(dst)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Error("the copy differs")
	}
	if n, err := Allocated(dst); err != nil || n > 128<<10 {
		t.Errorf("the copy takes %d bytes (%v), want at most 128 KiB", n, err)
	}
	info, err := os.Stat(dst)
	must(t, err)
	if info.Mode() != 0o600 {
		t.Errorf("mode %v, want -rw-------", info.Mode())
	}
}

func TestCloneOfNothingButAHole(t *testing.T) {
	dir := t.TempDir()
	src, dst := filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	for _, size := range []int64{0, 1 << 40} {
		must(t, os.WriteFile(src, nil, 0o600))
		must(t, os.Truncate(src, size))
		must(t, Clone(t.Context(), src, dst))
		info, err := os.Stat(dst)
		must(t, err)
		if n, _ := Allocated(dst); info.Size() != size || n != 0 {
			t.Errorf("got %d bytes, %d of them on the disk, want %d and 0", info.Size(), n, size)
		}
	}
}

func TestCloneFailureLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	err := Clone(t.Context(), filepath.Join(dir, "absent"), filepath.Join(dir, "dst"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Clone(ctx, scattered(t), filepath.Join(dir, "dst")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	onlyFiles(t, dir)
}

func TestAllocatedOfNothing(t *testing.T) {
	if _, err := Allocated(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
}

// A file system that fills a hole is refused; none of this host's does, so only the judgement is tested.
func TestAFileSystemWithoutHolesIsRefused(t *testing.T) {
	for _, c := range []struct {
		size, allocated int64
		ok              bool
	}{{8 << 30, 0, true}, {8 << 30, 4096, true}, {8 << 30, 8 << 30, false}, {64 << 10, 64 << 10, true}, {8 << 30, 5 << 30, false}} {
		if err := holesIn(c.size, c.allocated); (err == nil) != c.ok {
			t.Errorf("%d bytes that take %d: %v", c.size, c.allocated, err)
		}
	}
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(128 << 30); err != nil {
		t.Fatal(err)
	}
	if err := keepsHoles(f); err != nil {
		t.Errorf("this host's own: %v", err)
	}
}
