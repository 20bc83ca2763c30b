package archive

import (
	"bytes"
	"crypto/rand"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tree makes a folder with one of everything that is copied, and of what is left out.
func tree(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "sub/deep"), 0o755),
		os.Mkdir(filepath.Join(dir, "empty"), 0o750),
		os.WriteFile(filepath.Join(dir, "plain"), []byte("hello\n"), 0o640),
		os.WriteFile(filepath.Join(dir, "program"), []byte("#!/bin/sh\n"), 0o755),
		os.WriteFile(filepath.Join(dir, "nothing"), nil, 0o644),
		os.WriteFile(filepath.Join(dir, "sub/deep/not-utf8-\xff\xfe"), []byte("bytes"), 0o644),
		os.WriteFile(filepath.Join(dir, "sub", strings.Repeat("long", 60)), []byte("long"), 0o644),
		os.WriteFile(filepath.Join(dir, "new\nline"), []byte("odd"), 0o644),
		os.WriteFile(filepath.Join(dir, "large"), bytes.Repeat([]byte("0123456789abcdef"), 40_000), 0o644),
		os.WriteFile(filepath.Join(dir, "zeroes"), make([]byte, 100_000), 0o644),
		os.Symlink("plain", filepath.Join(dir, "link")),
		os.Symlink("/nowhere/at/all", filepath.Join(dir, "sub/dangling")),
		os.Link(filepath.Join(dir, "plain"), filepath.Join(dir, "second name")),
		unix.Mkfifo(filepath.Join(dir, "pipe"), 0o644),
		os.Chmod(filepath.Join(dir, "program"), 0o755|fs.ModeSetuid),
		os.Chmod(filepath.Join(dir, "empty"), 0o550),
		os.Chtimes(filepath.Join(dir, "plain"), time.Time{}, time.Unix(1_000_000_000, 123_456_789)),
		os.Chtimes(filepath.Join(dir, "sub"), time.Time{}, time.Unix(1_100_000_000, 5)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// transfer packs source and unpacks it at target.
func transfer(t *testing.T, source, target string, o Options) (Result, error) {
	t.Helper()
	info, err := Stat(source)
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	packed := make(chan Result, 1)
	go func() {
		result, err := Pack(w, source, o)
		packed <- result
		w.CloseWithError(err)
	}()
	result, err := Unpack(r, target, info.IsDir(), o)
	r.Close()
	result.LeftOut += (<-packed).LeftOut
	return result, err
}

// describe gives a line for each file below dir.
func describe(t *testing.T, dir string, exact bool) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := info.Mode().Type().String()
		if info.Mode().Type() == 0 {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += string(text)
		}
		if info.Mode().Type() == fs.ModeSymlink {
			to, _ := os.Readlink(path)
			line += to
		} else if exact {
			line += info.Mode().String() + info.ModTime().String()
		}
		if info.Mode().Type() != fs.ModeNamedPipe {
			all[strings.TrimPrefix(path, dir)] = line
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantSame(t *testing.T, want, got map[string]string) {
	t.Helper()
	for name, line := range want {
		if got[name] != line {
			t.Errorf("%q is %.200q, want %.200q", name, got[name], line)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%q is there too", name)
		}
	}
}

func TestFolderArrivesWhole(t *testing.T) {
	source, target := tree(t), filepath.Join(t.TempDir(), "copy")
	result, err := transfer(t, source, target, Options{})
	if err != nil || result.LeftOut != 1 {
		t.Fatalf("%+v, %v; want the pipe left out", result, err)
	}
	wantSame(t, describe(t, source, false), describe(t, target, false))
	for name, want := range map[string]fs.FileMode{"plain": 0o640, "program": 0o755, "empty": 0o550 | fs.ModeDir, "sub": 0o755 | fs.ModeDir} {
		info, err := os.Stat(filepath.Join(target, name))
		if err != nil || info.Mode() != want || time.Since(info.ModTime()) > time.Hour {
			t.Errorf("%s: %v from %v, want %v from now (%v)", name, info.Mode(), info.ModTime(), want, err)
		}
	}
	if result, err := transfer(t, source, target, Options{}); err != nil || result.Files != len(describe(t, source, false)) {
		t.Errorf("once more into what is there: %+v, %v", result, err)
	}
}

func TestPreserveKeepsModesAndTimes(t *testing.T) {
	source, target := tree(t), filepath.Join(t.TempDir(), "copy")
	o := Options{Preserve: true, Owners: os.Geteuid() == 0}
	if o.Owners {
		if err := os.Lchown(filepath.Join(source, "plain"), 1234, 2345); err != nil {
			t.Fatal(err)
		}
	} else if err := os.Chmod(filepath.Join(source, "program"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := transfer(t, source, target, o); err != nil {
		t.Fatal(err)
	}
	wantSame(t, describe(t, source, true), describe(t, target, true))
	info, err := os.Stat(filepath.Join(target, "plain"))
	if err != nil {
		t.Fatal(err)
	}
	if st := info.Sys().(*syscall.Stat_t); o.Owners && (st.Uid != 1234 || st.Gid != 2345) {
		t.Errorf("it belongs to %d:%d", st.Uid, st.Gid)
	}
}

func TestSetuidTakesOwners(t *testing.T) {
	source, target := tree(t), filepath.Join(t.TempDir(), "copy")
	if _, err := transfer(t, source, target, Options{Preserve: true}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(target, "program")); err != nil || info.Mode() != 0o755 {
		t.Errorf("%v, %v: want no setuid bit on a file of another owner", info.Mode(), err)
	}
}

func TestFileReplacesFileOrLink(t *testing.T) {
	dir := t.TempDir()
	source, outside, link := filepath.Join(dir, "source"), filepath.Join(dir, "outside"), filepath.Join(dir, "link")
	for _, err := range []error{
		os.WriteFile(source, []byte("new"), 0o600), os.WriteFile(outside, []byte("precious"), 0o600), os.Symlink(outside, link),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := transfer(t, source, link, Options{}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	text, _ := os.ReadFile(outside)
	if err != nil || !info.Mode().IsRegular() || string(text) != "precious" {
		t.Errorf("the link is now %v (%v), and what it led to says %q", info.Mode(), err, text)
	}
}

// TestNoPartOfAFileIsLeft: a stream that is cut leaves what was there, and nothing else.
func TestNoPartOfAFileIsLeft(t *testing.T) {
	dir := t.TempDir()
	source, target := filepath.Join(dir, "source"), filepath.Join(dir, "to", "target")
	body := make([]byte, 300_000)
	rand.Read(body)
	var wire bytes.Buffer
	os.Mkdir(filepath.Dir(target), 0o755)
	if err := os.WriteFile(source, body, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Pack(&wire, source, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 100, 512, 200_000} {
		_, err := Unpack(bytes.NewReader(wire.Bytes()[:cut]), target, false, Options{})
		text, _ := os.ReadFile(target)
		names, _ := os.ReadDir(filepath.Dir(target))
		if err == nil || !strings.Contains(err.Error(), "too early") || string(text) != "old" || len(names) != 1 {
			t.Errorf("cut at %d: %v; the file says %q among %v", cut, err, text, names)
		}
	}
}

func TestHolesStayHoles(t *testing.T) {
	dir := t.TempDir()
	source, target := filepath.Join(dir, "source"), filepath.Join(dir, "target")
	f, err := os.Create(source)
	if err != nil {
		t.Fatal(err)
	}
	const size = 64 << 20
	if err := f.Truncate(size + 5); err != nil {
		t.Fatal(err)
	}
	for at, text := range map[int64]string{0: "first", 5 << 20: "middle", 5<<20 + 5000: "more", size: "last!"} {
		f.WriteAt([]byte(text), at)
	}
	f.Close()
	if _, err := transfer(t, source, target, Options{}); err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile(source)
	got, err := os.ReadFile(target)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("the copy differs: %d bytes, want %d (%v)", len(got), len(want), err)
	}
	info, _ := os.Stat(target)
	if taken := info.Sys().(*syscall.Stat_t).Blocks * 512; taken > 1<<20 {
		t.Errorf("the copy takes %d bytes on the disk", taken)
	}
}

// TestFilesOfTheKernel have sizes that are not their own.
func TestFilesOfTheKernel(t *testing.T) {
	target := filepath.Join(t.TempDir(), "copy")
	for _, source := range []string{"/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"} {
		want, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := transfer(t, source, target, Options{}); err != nil {
			t.Error(err)
		}
		if got, _ := os.ReadFile(target); !bytes.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", source, got, want)
		}
	}
	if _, err := transfer(t, "/proc/kallsyms", target, Options{}); err == nil || !strings.Contains(err.Error(), "not known beforehand") {
		t.Errorf("a long one: %v", err)
	}
}

// TestRootWithoutTheKernelsFiles packs no more of /proc than its name.
func TestRootWithoutTheKernelsFiles(t *testing.T) {
	p := &packer{source: "/"}
	var err error
	if p.root, err = os.OpenRoot("/"); err != nil {
		t.Fatal(err)
	}
	defer p.root.Close()
	for _, folder := range []string{"proc", "sys", "proc/self/fd"} {
		if names, err := p.names(folder); err != nil || len(names) != 0 {
			t.Errorf("%s: %d names, %v", folder, len(names), err)
		}
	}
	if names, err := p.names("etc"); err != nil || len(names) == 0 || p.LeftOut != 3 {
		t.Errorf("etc: %d names, %v; %d were left out", len(names), err, p.LeftOut)
	}
}

func TestPackTellsWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "sub"), 0o755)
	for what, source := range map[string]string{"no such file": filepath.Join(dir, "missing"), "neither": "/dev/null"} {
		if _, err := Stat(source); err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), source) {
			t.Errorf("%s: %v", source, err)
		}
	}
	if _, err := Pack(io.Discard, filepath.Join(dir, "missing"), Options{}); err == nil {
		t.Error("packed what is not there")
	}
}
