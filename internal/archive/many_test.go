package archive

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// open opens sources in dir, for the length of the test.
func open(t *testing.T, dir string, names ...string) []*Source {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	var sources []*Source
	for _, name := range names {
		s, err := OpenSource(root, name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		sources = append(sources, s)
	}
	return sources
}

func TestManySourcesInOneStream(t *testing.T) {
	dir, to := tree(t), t.TempDir()
	if err := os.Mkdir(filepath.Join(to, "there"), 0o700); err != nil {
		t.Fatal(err)
	}
	sources := open(t, dir, "plain", "sub", "link")
	sources[0].Name, sources[0].Mode = "there/secret", 0o400
	sources[1].Name = "new/folder/sub"
	sources[2].Name = "followed"
	if sources[0].IsDir() || !sources[1].IsDir() {
		t.Error("it does not know a folder from a file")
	}
	var stream bytes.Buffer
	o := Options{Preserve: true}
	if _, err := PackAll(&stream, sources, o); err != nil {
		t.Fatal(err)
	}
	if _, err := UnpackInto(&stream, to, o); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		mode fs.FileMode
		text string
	}{
		"there": {mode: 0o700 | fs.ModeDir}, "there/secret": {0o400, "hello\n"}, "new/folder/sub": {mode: 0o755 | fs.ModeDir},
		"new/folder/sub/deep/not-utf8-\xff\xfe": {0o644, "bytes"}, "followed": {0o640, "hello\n"},
	} {
		info, err := os.Lstat(filepath.Join(to, name))
		if err != nil || info.Mode() != want.mode {
			t.Errorf("%q: %v, %v, want %v", name, info, err, want.mode)
			continue
		}
		if text, _ := os.ReadFile(filepath.Join(to, name)); string(text) != want.text {
			t.Errorf("%q holds %q, want %q", name, text, want.text)
		}
	}
	if to, err := os.Readlink(filepath.Join(to, "new/folder/sub/dangling")); err != nil || to != "/nowhere/at/all" {
		t.Errorf("a link in a folder leads to %q, %v", to, err)
	}
}

func TestSourcesThatAreRefused(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	for _, err := range []error{
		os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "link")),
		os.Symlink(outside, filepath.Join(dir, "folder")),
		unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, want := range map[string]string{
		"link": "escapes", "folder": "escapes", "folder/secret": "escapes", "../x": "escapes", "pipe": "neither a file nor a folder", "none": "no such file",
	} {
		_, err := OpenSource(root, name)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), filepath.Base(name)) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
