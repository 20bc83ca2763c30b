package disk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"banger/internal/problem"
)

func TestBlankIsSparseAndCanGrow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "work.ext4")
	must(t, Blank(t.Context(), path, 8<<30))
	info, err := os.Stat(path)
	must(t, err)
	if info.Size() != 8<<30 || info.Mode() != 0o600 {
		t.Errorf("got %d bytes, mode %v, want 8 GiB, -rw-------", info.Size(), info.Mode())
	}
	if got, err := Allocated(path); err != nil || got > 8<<20 {
		t.Errorf("takes %d bytes (%v), want at most 8 MiB", got, err)
	}
	// 128 GiB has 1024 groups of 64-byte descriptors: 16 blocks, less the one in use.
	super := tool(t, "dumpe2fs", "-h", path)
	for _, want := range []string{`Reserved GDT blocks: +15\n`, `Filesystem features: .*resize_inode`, `Reserved block count: +0\n`, `Block size: +4096\n`} {
		if !regexp.MustCompile(want).MatchString(super) {
			t.Errorf("superblock lacks %q:\n%s", want, super)
		}
	}
	if out := debugfs(t, path, "stat /"); !strings.Contains(out, "User:     0   Group:     0") {
		t.Errorf("the root folder is not root's: %s", out)
	}
	tool(t, "e2fsck", "-fn", path)
	onlyFiles(t, filepath.Dir(path), "work.ext4")
}

func TestBlankOfTheLargestSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	must(t, Blank(t.Context(), path, MaxGrow))
	if got, err := Allocated(path); err != nil || got > 8<<20 {
		t.Errorf("takes %d bytes (%v), want at most 8 MiB", got, err)
	}
}

func TestBlankFailureLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	err := Blank(t.Context(), filepath.Join(dir, "d"), 4096)
	if err == nil || !strings.Contains(err.Error(), "Not enough space") {
		t.Errorf("got %v, want mke2fs's own words", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Blank(ctx, filepath.Join(dir, "d"), 1<<30); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	onlyFiles(t, dir)
}

func TestMke2fsMissing(t *testing.T) {
	if err := mke2fsError("", errors.New("signal: killed")); !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", "")
	if path, err := Mke2fs(); err != nil && problem.CodeOf(err) != problem.Unavailable || path != "" && path[0] != '/' {
		t.Errorf("got %q, %v", path, err)
	}
}
