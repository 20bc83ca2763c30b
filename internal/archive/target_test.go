package archive

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBase(t *testing.T) {
	for source, want := range map[string]string{
		"a": "a", "a/": "a", "a/b": "b", "/a/b//": "b", ".": "", "..": "", "/": "", "//": "", "a/.": "", "a/./": "", "../..": "", "": "", ".hidden": ".hidden",
	} {
		if got := Base(source); got != want {
			t.Errorf("Base(%q) = %q, want %q", source, got, want)
		}
	}
}

// TestTarget is the table of where things go, as cp -r has it.
func TestTarget(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "folder/folder"), 0o755), os.WriteFile(filepath.Join(dir, "folder/file"), nil, 0o644),
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o644), os.Symlink("folder", filepath.Join(dir, "to-folder")),
		os.Symlink("/etc", filepath.Join(dir, "folder/away")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		dest, base string
		dir        bool
		want       string // below dir; of an error, its words
	}{
		{"folder", "new", false, "folder/new"},
		{"folder/", "new", true, "folder/new"},
		{"folder", "", true, "folder"},
		{"folder", "folder", true, "folder/folder"},
		{"folder", "file", false, "folder/file"},
		{"to-folder", "new", false, "to-folder/new"},
		{"folder", "away", false, "folder/away"}, // the link is replaced
		{"new", "x", false, "new"},
		{"new", "x", true, "new"},
		{"new/", "x", true, "new"},
		{"file", "x", false, "file"},
		{"new/", "x", false, "error: there is no such folder"},
		{"missing/new", "x", false, "error: no such file"},
		{"file/new", "x", false, "error: not a directory"},
		{"file", "x", true, "error: it is no folder, and a folder is copied"},
		{"file/", "x", false, "error: not a directory"},
		{"folder", "folder", false, "error: it is a folder, and a file is copied"},
		{"folder", "file", true, "error: it is no folder"},
		{"folder", "away", true, "error: it is no folder"},
		{"/dev/null", "x", false, "error: it is a device"},
	} {
		dest := c.dest
		if !filepath.IsAbs(dest) {
			dest = dir + "/" + dest
		}
		got, err := Target(dest, c.base, c.dir)
		words, wrong := strings.CutPrefix(c.want, "error: ")
		if wrong && (err == nil || !strings.Contains(err.Error(), words)) || !wrong && (err != nil || got != filepath.Join(dir, c.want)) {
			t.Errorf("Target(%q, %q, %v) = %q, %v; want %s", c.dest, c.base, c.dir, got, err, c.want)
		}
	}
}
