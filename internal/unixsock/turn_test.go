package unixsock

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTurnIsNotTakenOnARemovedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	create := func() *os.File {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	old := create()
	if current, err := lock(old); err != nil || !current {
		t.Fatalf("lock = %v, %v, want the file to be current", current, err)
	}
	os.Remove(path)
	if current, err := lock(old); err != nil || current {
		t.Errorf("lock of a removed file = %v, %v, want it not current", current, err)
	}
	create()
	if current, err := lock(old); err != nil || current {
		t.Errorf("lock of a replaced file = %v, %v, want it not current", current, err)
	}
}

func TestTurnRefusesASymlink(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "lock")
	if err := os.Symlink(victim, path); err != nil {
		t.Fatal(err)
	}
	if _, err := takeTurn(path); err == nil {
		t.Error("a symlink was taken for the lock")
	}
	if _, err := os.Lstat(victim); err == nil {
		t.Error("a file was made where the symlink points")
	}
}
