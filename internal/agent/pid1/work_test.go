package pid1

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// write makes a file that copies are compared with.
func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	long := time.Date(2001, 2, 3, 4, 5, 6, 789, time.UTC)
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
}

func homeOfAnImage(t *testing.T) string {
	t.Helper()
	from := filepath.Join(t.TempDir(), "root")
	if err := os.MkdirAll(from+"/.config/deep", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, from+"/.bashrc", "alias ll='ls -l'\n", 0o640)
	write(t, from+"/.config/deep/tool", "#!/bin/sh\n", 0o4755|os.ModeSetuid)
	write(t, from+"/empty", "", 0o400)
	for link, target := range map[string]string{"absolute": "/etc/passwd", "dangling": "../nowhere"} {
		if err := os.Symlink(target, filepath.Join(from, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(from+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{from: 0o711, from + "/.config": 0o500} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(from+"/.config", 0o700) })
	return from
}

func TestCopyTree(t *testing.T) {
	from, to := homeOfAnImage(t), filepath.Join(t.TempDir(), "copy")
	if err := copyTree(from, to); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(to+"/.config", 0o700) })
	for _, name := range []string{"", "/.bashrc", "/.config", "/.config/deep", "/.config/deep/tool", "/empty", "/absolute", "/dangling"} {
		a, err := os.Lstat(from + name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.Lstat(to + name)
		if err != nil {
			t.Error(err)
			continue
		}
		x, y := a.Sys().(*syscall.Stat_t), b.Sys().(*syscall.Stat_t)
		if x.Mode != y.Mode || x.Uid != y.Uid || x.Gid != y.Gid || x.Mtim != y.Mtim || a.Mode().IsRegular() && x.Size != y.Size {
			t.Errorf("%s: %+v became %+v", name, x, y)
		}
	}
	if got, err := os.ReadFile(to + "/.bashrc"); err != nil || string(got) != "alias ll='ls -l'\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := os.Readlink(to + "/absolute"); err != nil || got != "/etc/passwd" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := os.Lstat(to + "/pipe"); err == nil {
		t.Error("a pipe was copied")
	}
}

func TestSeedIsMadeOnce(t *testing.T) {
	from, disk := homeOfAnImage(t), t.TempDir()
	dir := disk + "/home"
	if err := os.MkdirAll(dir+".new/half/made", 0o700); err != nil { // an earlier start was cut off
		t.Fatal(err)
	}
	if err := seed(from, dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir+"/.config", 0o700) })
	if _, err := os.Lstat(dir + "/half"); err == nil {
		t.Error("what was half made was taken for whole")
	}
	if err := os.Remove(dir + "/.bashrc"); err != nil {
		t.Fatal(err)
	}
	if err := seed(from, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(dir + "/.bashrc"); err == nil {
		t.Error("what the user deleted came back")
	}
	if left, err := filepath.Glob(disk + "/*"); err != nil || len(left) != 1 {
		t.Errorf("the disk holds %v", left)
	}
}

func TestSeedOfAnImageWithoutHome(t *testing.T) {
	dir := t.TempDir() + "/home"
	if err := seed("/no/such/folder", dir); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("got %v, %v", st, err)
	}
}
