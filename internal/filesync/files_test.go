package filesync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"banger/internal/archive"
	"banger/internal/config"
	"banger/internal/problem"
)

// home makes a home folder, reached by a link, with files in it. The folder above it is outside.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	h := filepath.Join(dir, "u")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(h, "dots/deep"), 0o700),
		os.Symlink(h, filepath.Join(dir, "home")),
		os.WriteFile(filepath.Join(h, "dots/npmrc"), []byte("token"), 0o640),
		os.WriteFile(filepath.Join(h, "dots/deep/x"), []byte("x"), 0o755),
		os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o600),
		os.Symlink(filepath.Join(h, "dots/npmrc"), filepath.Join(h, "absolute")),
		os.Symlink("../u/dots", filepath.Join(h, "round about")),
		os.Symlink("../secret", filepath.Join(h, "out")),
		os.Symlink(dir, filepath.Join(h, "up")),
		os.Symlink("nowhere", filepath.Join(h, "dangling")),
		unix.Mkfifo(filepath.Join(h, "pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "home")
}

// open opens the files of a set, for the length of the test.
func (s Set) mustOpen(t *testing.T) *Files {
	t.Helper()
	files, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(files.Close)
	return files
}

func TestFilesArrive(t *testing.T) {
	files := Set{home(t), []config.FileSync{
		{Host: "dots/npmrc", Guest: ".npmrc", Mode: 0o600},
		{Host: "absolute", Guest: "same"},
		{Host: "round about", Guest: ".config/tool"},
	}}.mustOpen(t)
	if len(files.Missing) > 0 || files.Empty() {
		t.Errorf("missing: %q", files.Missing)
	}
	if c := files.Request(); c.Path != "/root" || !c.Tar || c.Owners {
		t.Errorf("the request is %+v", c)
	}
	var stream bytes.Buffer
	if err := files.Pack(&stream); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if _, err := archive.UnpackInto(&stream, to, archive.Options{Preserve: true, Trusted: true}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		".npmrc": "-rw------- token", "same": "-rw-r----- token", ".config/tool/deep/x": "-rwxr-xr-x x", ".config/tool/npmrc": "-rw-r----- token",
	} {
		info, err := os.Lstat(filepath.Join(to, name))
		if err != nil {
			t.Error(err)
			continue
		}
		text, _ := os.ReadFile(filepath.Join(to, name))
		if got := fmt.Sprintf("%v %s", info.Mode(), text); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if info, err := os.Stat(filepath.Join(to, ".config/tool/deep")); err != nil || info.Mode() != fs.ModeDir|0o700 {
		t.Errorf("a folder: %v, %v", info, err)
	}
}

func TestMissingFilesAreTold(t *testing.T) {
	files := Set{home(t), []config.FileSync{{Host: "none", Guest: "a"}, {Host: "dots/npmrc", Guest: "b"}, {Host: "dangling", Guest: "c"}}}.mustOpen(t)
	if len(files.Missing) != 2 || files.Empty() ||
		files.Missing[0] != `file_sync entry 1: there is no "~/none" in the home folder` || !strings.Contains(files.Missing[1], "entry 3") {
		t.Errorf("missing: %q", files.Missing)
	}
	if files = (Set{home(t), []config.FileSync{{Host: "none", Guest: "a"}}}).mustOpen(t); !files.Empty() {
		t.Error("there is something to copy")
	}
	if files = (Set{}).mustOpen(t); !files.Empty() || len(files.Missing) > 0 {
		t.Errorf("of nothing: %+v", files)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	h := home(t)
	for name, c := range map[string]struct {
		entry config.FileSync
		want  string
	}{
		"a link out":         {config.FileSync{Host: "out"}, `file_sync entry 2: "~/out" leads out of the home folder, to "`},
		"a folder out":       {config.FileSync{Host: "up/secret"}, "leads out of the home folder"},
		"a pipe":             {config.FileSync{Host: "pipe"}, "neither a file nor a folder"},
		"a folder with mode": {config.FileSync{Host: "dots", Mode: 0o600}, "a mode is for files"},
		"the home itself":    {config.FileSync{Host: "up/u/dots/../.."}, "leads out of the home folder"},
	} {
		_, err := Set{h, []config.FileSync{{Host: "dots", Guest: "dots"}, c.entry}}.Open(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) || problem.CodeOf(err) != problem.Invalid || problem.RemedyOf(err) == "" {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := (Set{"", []config.FileSync{{Host: "dots"}}}).Open(t.Context()); err == nil || !strings.Contains(problem.RemedyOf(err), "HOME") {
		t.Errorf("without a home: %v", err)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	cause := errors.New("a stop wants the VM")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	var entries []config.FileSync
	for range 1000 { // so many that this takes longer than to see that nobody waits
		entries = append(entries, config.FileSync{Host: "dots/npmrc"})
	}
	if _, err := (Set{home(t), entries}).Open(ctx); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
}
