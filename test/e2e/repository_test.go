package e2e

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/test/harness"
)

// repository is one of a user's on the host.
type repository struct {
	t   *testing.T
	dir string
}

// newRepository makes a repository called app with two commits, and with what a working tree has beside them: an edit, a deletion,
// something staged, something ignored, something unknown.
func newRepository(t *testing.T) repository {
	t.Helper()
	r := repository{t, filepath.Join(t.TempDir(), "app")}
	write(t, filepath.Join(r.dir, "Makefile"), "test:\n\t@grep -q 42 answer && echo passed\n", 0o644)
	write(t, filepath.Join(r.dir, "answer"), "41\n", 0o644)
	write(t, filepath.Join(r.dir, "gone"), "soon\n", 0o644)
	write(t, filepath.Join(r.dir, "bin/tool"), "#!/bin/sh\necho tool\n", 0o755)
	write(t, filepath.Join(r.dir, ".gitignore"), "*.o\n", 0o644)
	if err := os.Symlink("answer", filepath.Join(r.dir, "link")); err != nil {
		t.Fatal(err)
	}
	r.git("init", "-q", "-b", "trunk")
	r.git("config", "user.name", "A Developer")
	r.git("config", "user.email", "dev@example.org")
	r.git("remote", "add", "origin", "https://user:secret@git.example.org/app.git")
	r.git("add", ".")
	r.git("commit", "-qm", "first")
	write(t, filepath.Join(r.dir, "data"), "\x00\x01\xff binary", 0o644)
	r.git("add", ".")
	r.git("commit", "-qm", "second")
	r.write("answer", "42\n")
	r.write("staged", "staged\n")
	r.git("add", "staged")
	r.write("build.o", "ignored\n")
	r.write("secret.env", "unknown\n")
	if err := os.Remove(filepath.Join(r.dir, "gone")); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r repository) write(name, text string) { write(r.t, filepath.Join(r.dir, name), text, 0o644) }

// git runs git in the repository, with nothing of this host's own configuration.
func (r repository) git(args ...string) string {
	r.t.Helper()
	return r.on("git", nil, args...)
}

// on runs a program of the host's in the working tree, which must succeed, and gives what it prints.
func (r repository) on(program string, stdin io.Reader, args ...string) string {
	r.t.Helper()
	out := run(r.t, &harness.Call{Path: program, Args: args, Dir: r.dir, Stdin: stdin, Env: append(os.Environ(), "HOME=/nonexistent", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z")})
	if out.Exit != 0 {
		r.t.Fatalf("%s %s: exit %d\n%s%s", program, strings.Join(args, " "), out.Exit, out.Stdout, out.Stderr)
	}
	return out.Stdout
}

// copyOf is the same working tree once more, as it stands now.
func (r repository) copyOf() repository {
	r.t.Helper()
	dir := filepath.Join(r.t.TempDir(), "app")
	r.on("cp", nil, "-a", r.dir, dir)
	return repository{r.t, dir}
}

// files lists the working tree without what is git's: of each file its mode and content.
func (r repository) files() map[string]string {
	r.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, r.dir+"/")
		switch {
		case err != nil:
			return err
		case name == ".git":
			return fs.SkipDir
		case d.IsDir():
			return nil
		case d.Type() == fs.ModeSymlink:
			to, err := os.Readlink(path)
			all[name] = "-> " + to
			return err
		}
		info, err := d.Info()
		if err == nil {
			all[name] = fmt.Sprintf("%v %q", info.Mode(), readFile(r.t, path))
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}
