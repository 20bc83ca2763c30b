package workspace

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/problem"
)

func (p *pair) refused(t testing.TB, o ExportOptions, code problem.Code, words string) {
	t.Helper()
	was := portrait(t, p.root, true)
	_, err := p.dir.Export(t.Context(), p, p.guest, o, nil)
	if problem.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v, want a problem of code %s with %q", err, code, words)
	}
	unchanged(t, was, portrait(t, p.root, true))
	if left, err := filepath.Glob(string(p.dir) + "/scratch-*"); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestBranchIsRefused(t *testing.T) {
	p := newPair(t, before)
	lay(t, p.guest, map[string]leafed{"new": plain("1")})
	gitAt(t, p.root, "branch", "taken")
	gitAt(t, p.root, "branch", "taken2/x")
	for name, code := range map[string]problem.Code{
		"taken": problem.Taken, "a..b": problem.Invalid, "-d": problem.Invalid, "HEAD": problem.Invalid, "a b": problem.Invalid, "x.lock": problem.Invalid, "@{-1}": problem.Invalid,
	} {
		p.refused(t, ExportOptions{Branch: name}, code, name)
	}
	p.refused(t, ExportOptions{Branch: "taken2"}, problem.Taken, "taken2/x")
	p.refused(t, ExportOptions{Branch: "taken/x"}, problem.Taken, "taken")
	p.base.Commit = strings.Repeat("1", 40)
	if err := p.dir.writeBase(p.base); err != nil {
		t.Fatal(err)
	}
	p.refused(t, ExportOptions{Branch: "b"}, problem.Conflict, "does not have the commit 111111111111")
}

func TestBranchOfAnUnchangedGuestIsNone(t *testing.T) {
	p := newPair(t, before)
	if x := p.export(t, ExportOptions{Branch: "b"}); x.Branch != "" || x.Commits != 0 {
		t.Errorf("%q, %d", x.Branch, x.Commits)
	}
	if got := gitAt(t, p.root, "branch", "--list", "b"); got != "" {
		t.Errorf("there is %q", got)
	}
}

func TestBranchOfAnEmptyRepository(t *testing.T) {
	p := &pair{root: filepath.Join(t.TempDir(), "repo: \"with\" odd \\ name")}
	lay(t, p.root, map[string]leafed{"a": plain("1")})
	gitAt(t, p.root, "init", "-q")
	p.send(t)
	gitAt(t, p.guest, "config", "--remove-section", "user")
	gitAt(t, p.guest, "config", "user.useConfigOnly", "true")
	lay(t, p.guest, map[string]leafed{"a": plain("2")})
	p.export(t, ExportOptions{Branch: "b"})
	if got := gitAt(t, p.root, "log", "--format=%an %s", "b"); got != "banger Uncommitted work in banger VM" {
		t.Errorf("the branch has %q", got)
	}
	if got := gitAt(t, p.root, "show", "b:a"); got != "2" {
		t.Errorf("a is %q", got)
	}
}

// TestBranchOfWhatTheUserHas is of a guest that went back to an older commit.
func TestBranchOfWhatTheUserHas(t *testing.T) {
	p := newPair(t, before)
	first := gitAt(t, p.root, "rev-parse", "HEAD")
	lay(t, p.root, map[string]leafed{"plain": plain("2")})
	gitAt(t, p.root, "commit", "-q", "-a", "-m", "second")
	p.send(t)
	gitAt(t, p.guest, "reset", "-q", "--hard", first)
	packs := portrait(t, filepath.Join(p.root, ".git", "objects"), true)
	p.export(t, ExportOptions{Branch: "b"})
	if got := gitAt(t, p.root, "rev-parse", "b"); got != first {
		t.Errorf("the branch is at %s, want %s", got, first)
	}
	unchanged(t, packs, portrait(t, filepath.Join(p.root, ".git", "objects"), true))
}

func TestBranchInALinkedWorktreeOfAShallowClone(t *testing.T) {
	p := newPair(t, before)
	lay(t, p.root, map[string]leafed{"plain": plain("2")})
	gitAt(t, p.root, "commit", "-q", "-a", "-m", "second")
	clone, tree := filepath.Join(t.TempDir(), "clone"), filepath.Join(t.TempDir(), "tree")
	gitAt(t, t.TempDir(), "clone", "-q", "--depth", "1", "file://"+p.root, clone)
	gitAt(t, clone, "worktree", "add", "-q", tree, "-b", "side")
	p.root = clone
	p.send(t)
	p.root = tree
	p.base.Root = tree
	if err := p.dir.writeBase(p.base); err != nil {
		t.Fatal(err)
	}
	lay(t, p.guest, map[string]leafed{"new": plain("1")})
	p.export(t, ExportOptions{Branch: "b"})
	gitAt(t, tree, "fsck", "--strict")
	if got := gitAt(t, clone, "show", "b:new"); got != "1" {
		t.Errorf("new is %q", got)
	}
}

// TestSubmodulesChanges: a patch has them, a branch cannot.
func TestSubmodulesChanges(t *testing.T) {
	inner := newPair(t, map[string]leafed{"in": plain("1")})
	p := &pair{root: filepath.Join(t.TempDir(), "repo")}
	lay(t, p.root, map[string]leafed{"a": plain("1")})
	gitAt(t, p.root, "init", "-q", "-b", "main")
	gitAt(t, p.root, "add", "a")
	gitAt(t, p.root, "-c", "protocol.file.allow=always", "submodule", "-q", "add", inner.root, "sub")
	gitAt(t, p.root, "commit", "-q", "-m", "first")
	p.send(t)
	lay(t, p.guest, map[string]leafed{"a": plain("2"), "sub/in": plain("2"), "sub/new": plain("2")})
	x := p.export(t, ExportOptions{Branch: "b"})
	if len(x.LeftOut) != 2 || x.LeftOut[0].Path != "sub/in" || x.LeftOut[1].Path != "sub/new" {
		t.Errorf("left out of a branch: %v", x.LeftOut)
	}
	if got := gitAt(t, p.root, "diff", "--name-only", "main", "b"); got != "a" || x.Commits != 1 {
		t.Errorf("the branch changes %q", got)
	}
	if p.look(t).Exported {
		t.Error("all is said to be exported")
	}
	if x := p.export(t, ExportOptions{Apply: true}); len(x.LeftOut) > 0 {
		t.Errorf("left out when applied: %v", x.LeftOut)
	}
	got := read(t, p.root)
	delete(got, "sub/.git")
	same(t, got, read(t, p.guest))
}

func TestCommitsThatCouldDoHarmAreRefused(t *testing.T) {
	for what, c := range map[string]struct{ mode, kind, name, content, words string }{
		"a link out":          {"120000", "blob", "out", "../../etc", "leads out of the tree"},
		"an absolute link":    {"120000", "blob", "out", "/etc/passwd", "leads out of the tree"},
		"a link into .git":    {"120000", "blob", "out", ".git/config", "git's own folder"},
		"a long link":         {"120000", "blob", "out", strings.Repeat("x", 5000), "too long"},
		".git":                {"100644", "blob", ".git", "x", "not sound"},
		".GIT":                {"100644", "blob", ".GiT", "x", "not sound"},
		"short name":          {"100644", "blob", "GIT~1", "x", "not sound"},
		"ignored characters":  {"100644", "blob", ".g\u200cit", "x", "not sound"},
		"format characters":   {"100644", "blob", ".g\u00adit", "x", "git's own folder"},
		"a folder called ..":  {"100644", "blob", "..", "x", "not sound"},
		"a submodule":         {"160000", "commit", "module", "", "submodule"},
		"a linked .gitmodule": {"120000", "blob", ".gitmodules", "plain", "not sound"},
		"an evil .gitmodules": {"100644", "blob", ".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = --upload-pack=evil\n", "not sound"},
	} {
		t.Run(what, func(t *testing.T) {
			p := newPair(t, before)
			sum := gitAt(t, p.guest, "rev-parse", "HEAD")
			if c.kind == "blob" {
				lay(t, p.guest, map[string]leafed{"x.o": plain(c.content)})
				sum = gitAt(t, p.guest, "hash-object", "-w", "--no-filters", "x.o")
			}
			lay(t, p.guest, map[string]leafed{"x.o": plain(gitAt(t, p.guest, "ls-tree", "-z", "HEAD") + c.mode + " " + c.kind + " " + sum + "\t" + c.name + "\x00")})
			in, err := os.Open(filepath.Join(p.guest, "x.o"))
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			made, err := git{dir: p.guest, stdin: in}.run(t.Context(), "mktree", "-z", "--missing")
			if err != nil {
				t.Fatal(err)
			}
			evil := gitAt(t, p.guest, "commit-tree", "-p", "HEAD", "-m", "evil", strings.TrimSpace(made))
			// What harms is gone again in the commit after it.
			good := gitAt(t, p.guest, "commit-tree", "-p", evil, "-m", "good", "HEAD^{tree}")
			gitAt(t, p.guest, "update-ref", "HEAD", good)
			p.refused(t, ExportOptions{Branch: "b"}, problem.GuestFailed, c.words)
		})
	}
}
