package paths

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"banger/internal/problem"
)

func TestSecureMakesAClosedFolder(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	dir := filepath.Join(t.TempDir(), "parent", "own")
	for range 2 { // the second time it is there
		if err := Secure(dir); err != nil {
			t.Fatal(err)
		}
	}
	if mode := modeOf(t, dir); mode != fs.ModeDir|0o700 {
		t.Errorf("mode %v, want 0700", mode)
	}
	if err := Secure(filepath.Dir(dir)); err != nil { // as a state folder above a runtime folder is
		t.Errorf("the parent that was made: %v", err)
	}
	missing := filepath.Join(dir, "missing")
	if err := Verify(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Verify of a missing folder: %v", err)
	}
	if _, err := os.Lstat(missing); err == nil {
		t.Error("Verify made a folder")
	}
}

func TestSecureRefuses(t *testing.T) {
	base := t.TempDir()
	own := filepath.Join(base, "own")
	for _, c := range []struct {
		name string
		make func(path string) error
	}{
		{"readable", func(p string) error { os.Mkdir(p, 0o700); return os.Chmod(p, 0o750) }},
		{"enterable", func(p string) error { os.Mkdir(p, 0o700); return os.Chmod(p, 0o701) }},
		{"file", func(p string) error { return os.WriteFile(p, nil, 0o600) }},
		{"symlink", func(p string) error { os.Mkdir(own, 0o700); return os.Symlink(own, p) }},
		{"dangling", func(p string) error { return os.Symlink(filepath.Join(base, "nothing"), p) }},
	} {
		path := filepath.Join(base, c.name)
		if err := c.make(path); err != nil {
			t.Fatal(err)
		}
		before := modeOf(t, path)
		err := Secure(path + "/")
		if problem.CodeOf(err) != problem.Invalid || problem.RemedyOf(err) == "" {
			t.Errorf("%s: %v, remedy %q; want it refused", c.name, err, problem.RemedyOf(err))
		}
		if after := modeOf(t, path); after != before {
			t.Errorf("%s: mode %v became %v", c.name, before, after)
		}
	}
	if _, err := os.Lstat(filepath.Join(base, "nothing")); err == nil {
		t.Error("a folder was made where a symlink points")
	}
}

func TestSecureRefusesAFolderOfAnotherUser(t *testing.T) {
	dir := "/root" // another user's for everybody but root
	if os.Geteuid() == 0 {
		dir = filepath.Join(t.TempDir(), "theirs")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	if err := Secure(dir); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("a folder of another user: %v, want it refused", err)
	}
}

// TestSecureRefusesAFolderThatIsNoUse: closed to its owner, whom root tries it as by giving up root's rights to files.
func TestSecureRefusesAFolderThatIsNoUse(t *testing.T) {
	base := t.TempDir()
	for mode, want := range map[fs.FileMode]problem.Code{0o500: problem.Unavailable, 0o300: problem.Unavailable, 0o700: ""} {
		dir := filepath.Join(base, mode.String())
		if err := errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, mode)); err != nil {
			t.Fatal(err)
		}
		withoutRoot(func() {
			if err := Secure(dir); (err != nil) != (want != "") || err != nil && (problem.CodeOf(err) != want || problem.RemedyOf(err) != "chmod 700 "+dir) {
				t.Errorf("mode %v: %v, remedy %q; want code %q", mode, err, problem.RemedyOf(err), want)
			}
		})
	}
}

// withoutRoot runs f on a thread that ends with it, and that has no capability: files' modes count for it.
func withoutRoot(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		none := [2]unix.CapUserData{}
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		if err := unix.Capset(&header, &none[0]); err != nil {
			panic(err)
		}
		f()
	}()
	<-done
}

func TestSecureSaysWhyItCannotMakeOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Secure(filepath.Join(file, "below")); err == nil {
		t.Error("a folder below a file was made")
	}
}

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}
