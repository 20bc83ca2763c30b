package workspace

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/tree"
)

// gitAt runs git as a user would, who has said who he is, and fails the test when it fails.
func gitAt(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.org")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("git %q: %v: %s", args, err, said.String())
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// read is what is in a folder, without .git: paths with mode and content. Folders do not count.
func read(t testing.TB, dir string) map[string]leafed {
	t.Helper()
	all := map[string]leafed{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if e.Name() == ".git" {
				return fs.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil || rel == ".git" {
			return err
		}
		all[rel], err = leafAt(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// leafed is a mode and a content.
type leafed struct {
	mode    tree.Mode
	content string
}

func leafAt(name string) (leafed, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return leafed{}, err
	}
	if info.Mode().Type() == fs.ModeSymlink {
		target, err := os.Readlink(name)
		return leafed{tree.Link, target}, err
	}
	text, err := os.ReadFile(name)
	mode := tree.File
	if info.Mode()&0o100 != 0 {
		mode = tree.Program
	}
	return leafed{mode, string(text)}, err
}

// lay writes files below dir; an empty mode is that of a file, and Gone takes away.
func lay(t testing.TB, dir string, files map[string]leafed) {
	t.Helper()
	for name, l := range files {
		path := filepath.Join(dir, name)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.RemoveAll(path))
		switch l.mode {
		case tree.Gone:
		case tree.Link:
			err = errors.Join(err, os.Symlink(l.content, path))
		case tree.Program:
			err = errors.Join(err, os.WriteFile(path, []byte(l.content), 0o755))
		default:
			err = errors.Join(err, os.WriteFile(path, []byte(l.content), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func plain(s string) leafed   { return leafed{tree.File, s} }
func program(s string) leafed { return leafed{tree.Program, s} }
func link(s string) leafed    { return leafed{tree.Link, s} }

var absent leafed
