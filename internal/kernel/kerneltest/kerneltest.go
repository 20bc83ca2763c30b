package kerneltest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"banger/internal/kernel"
	"banger/internal/problem"
)

// generation is part of the folder's name. It changes when package kernel makes
// something else out of the same package.
const generation = "kernels-2"

// Cache is the folder that tests share between runs and packages. It exists when
// Cache returns.
func Cache(t testing.TB) string {
	t.Helper()
	dir, err := cache()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func cache() (string, error) {
	dir := os.Getenv("BANGER_TEST_CACHE")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no folder for what tests share (set BANGER_TEST_CACHE): %w", err)
		}
		dir = filepath.Join(user, "banger-test")
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// Debian gives Debian's kernel for virtual machines. Tests must not change its files.
func Debian(t testing.TB) kernel.Kernel {
	t.Helper()
	k, err := Pull(context.Background())
	if err != nil {
		t.Fatalf("a kernel for the test: %v (%s)", err, problem.RemedyOf(err))
	}
	return k
}

// Pull is Debian for programs that are no tests.
func Pull(ctx context.Context) (kernel.Kernel, error) {
	dir, err := cache()
	if err != nil {
		return kernel.Kernel{}, err
	}
	unlock, err := lock(filepath.Join(dir, generation+".lock"))
	if err != nil {
		return kernel.Kernel{}, err
	}
	defer unlock()
	store := kernel.Open(filepath.Join(dir, generation), filepath.Join(dir, "cache"))
	k, err := store.Pull(ctx, "debian-cloud", false, nil)
	if problem.CodeOf(err) == problem.Damaged {
		k, err = store.Pull(ctx, "debian-cloud", true, nil)
	}
	return k, err
}

// lock waits for the other test processes that want the same.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
