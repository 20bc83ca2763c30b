package doctor

import (
	"path/filepath"
	"testing"
)

func TestOlderThan(t *testing.T) {
	for version, want := range map[string]bool{
		"5.9.16": true, "5.10.0": false, "5.10-rc1": false, "6.1.0-56-cloud-amd64": false, "4.19": true, "10.0": false, "5": true, "odd": true,
	} {
		if got := olderThan(version, 5, 10); got != want {
			t.Errorf("olderThan(%q, 5, 10) = %v, want %v", version, got, want)
		}
	}
}

func TestAvailableMemory(t *testing.T) {
	if got := available("MemTotal: 8 kB\nMemAvailable:   2048 kB\n"); got != 2<<20 {
		t.Errorf("got %d, want 2 MiB", got)
	}
	if got := available("nonsense"); got != 0 {
		t.Errorf("got %d for a file without the line", got)
	}
}

func TestExisting(t *testing.T) {
	dir := t.TempDir()
	if got := existing(filepath.Join(dir, "a", "b", "c")); got != dir {
		t.Errorf("got %q, want %q", got, dir)
	}
	if got := existing("/"); got != "/" {
		t.Errorf("got %q, want /", got)
	}
}
