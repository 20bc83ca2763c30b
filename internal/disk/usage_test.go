package disk

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTreeSize(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size, hole int64) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size+hole); err != nil {
			t.Fatal(err)
		}
	}
	write("a", 1<<20, 1<<30)
	write("b/c/d", 1<<20, 0)
	if err := os.Symlink("/proc/kcore", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if got, err := TreeSize(dir); err != nil || got < 2<<20 || got > 3<<20 {
		t.Errorf("%d bytes, %v, want 2 MiB", got, err)
	}
	if got, err := TreeSize(filepath.Join(dir, "none")); err != nil || got != 0 {
		t.Errorf("a folder that is not there takes %d bytes, %v", got, err)
	}
}
