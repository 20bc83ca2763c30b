package workspace

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"banger/internal/problem"
)

func TestRefusals(t *testing.T) {
	r := newRepo(t)
	r.write("file", "x")
	r.commit("one")
	bare := filepath.Join(t.TempDir(), "bare.git")
	r.git("clone", "-q", "--bare", r.dir, bare)
	broken := r.at(filepath.Join(t.TempDir(), "broken"))
	broken.write(".git", "gitdir: /nowhere\n")
	damaged := r.at(filepath.Join(t.TempDir(), "damaged"))
	r.git("clone", "-q", r.dir, damaged.dir)
	damaged.write(".git/refs/heads/main", strings.Repeat("1", 40)+"\n")
	evil := r.at(filepath.Join(t.TempDir(), "evil"))
	r.git("clone", "-q", r.dir, evil.dir)
	evil.write("git~1", "x")
	evil.git("-c", "core.protectNTFS=false", "add", "git~1")
	plain := t.TempDir()
	for _, c := range []struct {
		name   string
		source Source
		code   problem.Code
		says   string
	}{
		{"missing", Source{Path: r.path("none")}, problem.NotFound, "there is no folder"},
		{"file", Source{Path: r.path("file")}, problem.Invalid, "is a file"},
		{"bare", Source{Path: bare}, problem.Invalid, "bare repository"},
		{"below bare", Source{Path: filepath.Join(bare, "refs")}, problem.Invalid, "bare repository"},
		{"git's own", Source{Path: r.path(".git")}, problem.Invalid, "inside git's own folder"},
		{"below git's own", Source{Path: r.path(".git/objects")}, problem.Invalid, "inside git's own folder"},
		{"broken", Source{Path: broken.dir}, problem.Invalid, "git cannot read the repository"},
		{"damaged", Source{Path: damaged.dir}, problem.Invalid, "git cannot read the repository"},
		{"a path like .git", Source{Path: evil.dir}, problem.Invalid, "cannot go into a guest"},
		{"root", Source{Path: "/"}, problem.Invalid, "no workspace"},
		{"place", Source{Path: r.dir, GuestPath: "relative"}, problem.Invalid, "no place"},
		{"place of all", Source{Path: r.dir, GuestPath: "/root/.."}, problem.Invalid, "no place"},
		{"long place", Source{Path: r.dir, GuestPath: "/" + strings.Repeat("x/", 2047) + "x"}, problem.Invalid, "too long"},
		{"from without branch", Source{Path: r.dir, From: "HEAD~1"}, problem.Invalid, "there is no --branch"},
		{"from nowhere", Source{Path: r.dir, Branch: "b", From: "none"}, problem.NotFound, "no commit"},
		{"from a flag", Source{Path: r.dir, Branch: "b", From: "--all"}, problem.NotFound, "no commit"},
		{"branch's name", Source{Path: r.dir, Branch: "a..b"}, problem.Invalid, "no name for a branch"},
		{"branch is a flag", Source{Path: r.dir, Branch: "-b"}, problem.Invalid, "no name for a branch"},
		{"branch without git", Source{Path: plain, Branch: "b"}, problem.Invalid, "no git repository"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Inspect(t.Context(), c.source)
			if err == nil || problem.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want %s: %s", err, c.code, c.says)
			}
			if problem.RemedyOf(err) == "" {
				t.Errorf("%v has no remedy", err)
			}
		})
	}
}

func TestWithoutGit(t *testing.T) {
	r := newRepo(t)
	t.Setenv("PATH", t.TempDir())
	for _, dir := range []string{r.dir, t.TempDir()} {
		if _, err := Inspect(t.Context(), Source{Path: dir}); problem.CodeOf(err) != problem.Unavailable || problem.RemedyOf(err) == "" {
			t.Errorf("%s: got %v", dir, err)
		}
	}
}

// TestWhereItLies: any path in the working tree means all of it, at the folder's own name.
func TestWhereItLies(t *testing.T) {
	r := newRepo(t)
	r.write("a/b/file", "x")
	r.commit("one")
	link := filepath.Join(t.TempDir(), "link")
	os.Symlink(r.path("a"), link)
	for _, path := range []string{r.dir, r.path("a/b"), link} {
		p, err := Inspect(t.Context(), Source{Path: path})
		if err != nil || p.Root != r.dir || p.GuestPath != "/root/project" || len(p.Files) != 1 {
			t.Errorf("%s: %+v, %v", path, p, err)
		}
	}
}

// TestAnotherWorkingTree: a repository cannot have its files be somebody else's.
func TestAnotherWorkingTree(t *testing.T) {
	r := newRepo(t)
	r.write("id_rsa", "mine")
	r.commit("one")
	r.write("../id_rsa", "the user's")
	r.git("config", "core.worktree", filepath.Dir(r.dir))
	_, g, _ := prepare(t, newDir(t), Source{Path: r.dir})
	sameFiles(t, files(t, g.path), map[string]string{"id_rsa": "mine"})
}

func TestSpecialFilesStayBehind(t *testing.T) {
	r := newRepo(t)
	r.write("pipe", "x")
	r.commit("one")
	os.Remove(r.path("pipe"))
	if err := syscall.Mkfifo(r.path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(r.path(".git/info/exclude")); err != nil {
		t.Fatal(err)
	}
	p, g, _ := prepare(t, newDir(t), Source{Path: r.dir})
	if len(files(t, g.path)) != 0 || len(p.Notices) != 1 || !strings.Contains(p.Notices[0], `"pipe"`) {
		t.Errorf("notices %q", p.Notices)
	}
}
