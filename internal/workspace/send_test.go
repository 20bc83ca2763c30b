package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatGoesAndWhatStays is one repository with all that can be in a working tree.
func TestWhatGoesAndWhatStays(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			r := newRepo(t, "--object-format="+format)
			for i := range 13 {
				r.write("counter", fmt.Sprint(i))
				r.commit(fmt.Sprint("commit ", i))
			}
			r.write(".gitignore", "*.log\n")
			r.write("deleted", "x")
			r.write("edited", "before")
			r.write("deep/down/file", "deep")
			r.write("not utf-8 \xff\xfe \n name", "bytes")
			r.write("empty", "")
			r.write("large", strings.Repeat("0123456789abcdef", 200_000))
			r.write("program", "#!/bin/true\n")
			os.Chmod(r.path("program"), 0o755)
			os.Symlink("/etc/passwd", r.path("link out"))
			os.Symlink("deep/down", r.path("link in"))
			r.write("forced.log", "tracked although ignored")
			r.git("add", "-f", "forced.log")
			r.write("folder/inside", "x")
			r.commit("all")
			os.Remove(r.path("deleted"))
			os.RemoveAll(r.path("folder"))
			os.Symlink("/etc", r.path("folder")) // folder/inside is not what is tracked any more
			r.write("edited", "after")
			r.write("staged", "staged only")
			r.git("add", "staged")
			r.write("staged", "staged and edited")
			r.write("soon", "intent to add")
			r.git("add", "-N", "soon")
			r.write("ignored.log", "x")
			r.write("untracked", "x")

			want := files(t, r.dir)
			delete(want, "ignored.log")
			delete(want, "untracked")
			delete(want, "folder")
			p, g, sent := prepare(t, newDir(t), Source{Path: r.path("deep"), Depth: 10})
			sameFiles(t, files(t, g.path), want)
			sameGit(r, g)
			if p.LeftBehind != 2 || len(p.Notices) != 0 { // untracked, and the link
				t.Errorf("%d are said to have stayed behind, with notices %q", p.LeftBehind, p.Notices)
			}
			if sent.Files != len(want) {
				t.Errorf("%d files sent, want %d", sent.Files, len(want))
			}
			in := r.at(g.path)
			if got := strings.Count(in.git("log", "--oneline"), "\n"); got != 10 {
				t.Errorf("%d commits in the guest, want 10", got)
			}
			if got, want := in.git("diff", "--cached"), r.git("diff", "--cached"); got != want {
				t.Errorf("staged in the guest:\n%s\nwant:\n%s", got, want)
			}
			in.git("commit", "-q", "-m", "made in the guest")
			if got := in.git("log", "-1", "--format=%an <%ae>"); got != "Global Name <global@example.com>\n" {
				t.Errorf("committed by %s", got)
			}
		})
	}
}

// TestBaseIsTheTreeAsSent: git's tree of the bytes in the guest, whatever filters say.
func TestBaseIsTheTreeAsSent(t *testing.T) {
	r := newRepo(t)
	r.write(".gitattributes", "*.txt text eol=crlf\n*.bin filter=lfs\n")
	r.write("a.txt", "one\ntwo\n")
	r.write("b.bin", "version https://git-lfs.github.com/spec/v1\n")
	r.commit("one")
	os.Remove(r.path("a.txt"))
	r.git("checkout", "a.txt") // now with CRLF
	d := newDir(t)
	_, g, sent := prepare(t, d, Source{Path: r.dir})
	sameFiles(t, files(t, g.path), files(t, r.dir))
	sameGit(r, g)
	plain := r.at(string(d))
	if got := plain.git("--git-dir="+string(d), "cat-file", "blob", sent.Base.Tree+":a.txt"); got != "one\r\ntwo\r\n" {
		t.Errorf("the base has %q", got)
	}
	b, err := d.base(sent.Base.Tree)
	if err != nil || b.Root != r.dir || b.Commit != strings.TrimSpace(r.git("rev-parse", "HEAD")) || b.Branch != "main" || !b.Git {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestStatusNeedsNoReading: what git on the host takes for unchanged is unchanged for the guest's, although a filter is missing there.
func TestStatusNeedsNoReading(t *testing.T) {
	r := newRepo(t)
	r.git("config", "filter.up.clean", "tr a-z A-Z")
	r.git("config", "filter.up.smudge", "tr A-Z a-z")
	r.write(".gitattributes", "*.x filter=up\n")
	r.write("file.x", "lower")
	r.commit("one")
	old := []string{".gitattributes", "file.x"}
	for _, name := range old {
		if err := os.Chtimes(r.path(name), longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	r.git("status")
	_, g, _ := prepare(t, newDir(t), Source{Path: r.dir})
	sameGit(r, g)
	if got := files(t, g.path)["file.x"]; got != "lower" {
		t.Errorf("arrived as %q", got)
	}
}

func TestSubmodulesGoAsFiles(t *testing.T) {
	r := newRepo(t)
	inner := r.at(filepath.Join(t.TempDir(), "inner"))
	os.Mkdir(inner.dir, 0o755)
	inner.git("init", "-q")
	inner.write("deep/file", "inner")
	inner.commit("inner")
	outer := r.at(filepath.Join(t.TempDir(), "outer"))
	os.Mkdir(outer.dir, 0o755)
	outer.git("init", "-q")
	outer.write("own", "outer")
	outer.git("submodule", "--quiet", "add", inner.dir, "nested")
	outer.commit("outer")
	r.git("submodule", "--quiet", "add", outer.dir, "sub")
	r.git("submodule", "--quiet", "update", "--init", "--recursive")
	r.git("submodule", "--quiet", "add", inner.dir, "bare folder")
	r.commit("all")
	r.git("submodule", "--quiet", "deinit", "bare folder")
	r.write("sub/own", "edited")
	r.write("sub/untracked", "x")
	want := files(t, r.dir)
	delete(want, "sub/untracked")
	p, g, _ := prepare(t, newDir(t), Source{Path: r.dir})
	sameFiles(t, files(t, g.path), want)
	if info, err := os.Stat(filepath.Join(g.path, "bare folder")); err != nil || !info.IsDir() {
		t.Errorf("the folder of the submodule that is not there: %v", err)
	}
	if len(p.Notices) != 2 {
		t.Errorf("notices: %q", p.Notices)
	}
	if out := r.at(g.path).git("status", "--porcelain"); out != "" {
		t.Errorf("git status in the guest:\n%s", out)
	}
}

func TestUntrackedOnDemand(t *testing.T) {
	r := newRepo(t)
	r.write(".gitignore", "by-repository\n")
	r.commit("one")
	r.write(".git/info/exclude", "by-exclude\n")
	r.write("../ignore", "by-user\n")
	r.git("config", "--global", "core.excludesFile", filepath.Join(filepath.Dir(r.dir), "ignore"))
	r.git("config", "core.excludesFile", "/dev/null") // the repository has no say in what the user hides
	for _, name := range []string{"by-repository", "by-exclude", "by-user", "new", "sub/new"} {
		r.write(name, "x")
	}
	nested := r.at(r.path("nested"))
	os.Mkdir(nested.dir, 0o755)
	nested.git("init", "-q")
	nested.write("file", "x")
	p, g, _ := prepare(t, newDir(t), Source{Path: r.dir, Untracked: true})
	want := map[string]string{".gitignore": "by-repository\n", "new": "x", "sub/new": "x"}
	sameFiles(t, files(t, g.path), want)
	if p.LeftBehind != 0 || len(p.Notices) != 1 || !strings.Contains(p.Notices[0], "nested") {
		t.Errorf("%d left, notices %q", p.LeftBehind, p.Notices)
	}
	for name := range map[string]bool{"by-repository": true, "by-exclude": true, "by-user": true} {
		r.at(g.path).git("check-ignore", "-q", name)
	}
}

func TestFolderWithoutGit(t *testing.T) {
	r := newRepo(t)
	os.RemoveAll(r.path(".git"))
	r.write(".bangerignore", "*.log\n/build/\n!keep.log\n")
	r.write("sub/.bangerignore", "secret\n")
	for _, name := range []string{"file", "keep.log", "nested/file", "nested/sub/build/file", "sub/build/file"} {
		r.write(name, name)
	}
	want := files(t, r.dir)
	for _, name := range []string{"x.log", "build/file", "sub/secret", "nested/x.log"} {
		r.write(name, "must stay")
	}
	r.at(r.path("nested")).git("init", "-q")
	p, g, sent := prepare(t, newDir(t), Source{Path: r.dir})
	sameFiles(t, files(t, g.path), want)
	if _, err := os.Stat(filepath.Join(g.path, "nested", ".git")); err == nil {
		t.Error("the nested repository's .git went along")
	}
	if len(p.Notices) != 1 || p.Git || sent.Base.Tree == "" {
		t.Errorf("%+v", p)
	}
}
