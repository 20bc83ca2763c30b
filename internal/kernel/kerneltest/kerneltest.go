package kerneltest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"banger/internal/kernel"
	"banger/internal/problem"
)

// generation is part of the folder's name. It changes when package kernel makes
// something else out of the same package.
const generation = "kernels-1"

// Cache is the folder that tests share between runs and packages. It exists when
// Cache returns.
func Cache(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("BANGER_TEST_CACHE")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Fatalf("no folder for what tests share (set BANGER_TEST_CACHE): %v", err)
		}
		dir = filepath.Join(user, "banger-test")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Debian gives Debian's kernel for virtual machines. Tests must not change its files.
func Debian(t testing.TB) kernel.Kernel {
	t.Helper()
	cache := Cache(t)
	unlock := lock(t, filepath.Join(cache, generation+".lock"))
	defer unlock()
	store := kernel.Open(filepath.Join(cache, generation), filepath.Join(cache, "cache"))
	k, err := store.Pull(context.Background(), "debian-cloud", false, nil)
	if problem.CodeOf(err) == problem.Damaged {
		k, err = store.Pull(context.Background(), "debian-cloud", true, nil)
	}
	if err != nil {
		t.Fatalf("a kernel for the test: %v (%s)", err, problem.RemedyOf(err))
	}
	return k
}

// lock waits for the other test processes that want the same.
func lock(t testing.TB, path string) (unlock func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return func() { f.Close() }
}
