package workspace

import (
	"os"
	"path/filepath"
	"testing"

	"banger/internal/problem"
)

func (p *pair) look(t testing.TB) Pending {
	t.Helper()
	pending, err := p.dir.Look(t.Context(), p, p.guest)
	if err != nil {
		t.Fatal(err)
	}
	return pending
}

func TestLookTellsWhatWouldBeLost(t *testing.T) {
	p := newPair(t, before)
	want := func(what string, want Pending) {
		t.Helper()
		if got := p.look(t); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	want("at first", Pending{Exported: true})
	lay(t, p.guest, map[string]leafed{"plain": plain("2"), "new": plain("2"), "goes": absent, "x.o": plain("ignored")})
	want("after an edit", Pending{Files: 3})
	p.export(t, ExportOptions{})
	want("after a list", Pending{Files: 3})
	p.export(t, ExportOptions{Patch: filepath.Join(t.TempDir(), "patch")})
	want("after an export", Pending{Files: 3, Exported: true})
	lay(t, p.guest, map[string]leafed{"new": plain("three")})
	want("after one more edit", Pending{Files: 3})
	p.export(t, ExportOptions{Apply: true})
	want("after an export", Pending{Files: 3, Exported: true})
	gitAt(t, p.guest, "commit", "-q", "-a", "-m", "second")
	want("after a commit", Pending{Files: 3, Commits: true})
	p.export(t, ExportOptions{Branch: "b"})
	want("after an export", Pending{Files: 3, Commits: true, Exported: true})
	lay(t, p.guest, map[string]leafed{"out": link("/etc")})
	if x := p.export(t, ExportOptions{Apply: true}); len(x.LeftOut) != 1 {
		t.Errorf("left out: %v", x.LeftOut)
	}
	want("after an export that left something out", Pending{Files: 4, Commits: true})
}

func TestGuestWithoutGitIsFilteredByTheHost(t *testing.T) {
	files := map[string]leafed{".gitignore": plain("*.o\n/build/\n!keep.o\n"), "a": plain("1"), "deep/.gitignore": plain("x\n"), "tracked.o": plain("1")}
	p := newPair(t, files)
	if err := os.RemoveAll(filepath.Join(p.guest, ".git")); err != nil {
		t.Fatal(err)
	}
	lay(t, p.guest, map[string]leafed{
		"deep/.gitignore": plain("y\n"), "deep/x": plain("1"), "deep/y": plain("1"), "b.o": plain("1"), "keep.o": plain("1"), "build/z": plain("1"),
		"a": plain("2"), "tracked.o": plain("2"), "new/.gitignore": plain("*\n"), "new/z": plain("1"), " :(top)*.c": plain("1"), "s/.gitignore": link("../a"),
	})
	x := p.export(t, ExportOptions{})
	got := map[string]leafed{}
	for _, f := range x.Files {
		got[f.Path] = absent
	}
	same(t, got, map[string]leafed{"deep/.gitignore": absent, "deep/x": absent, "keep.o": absent, "a": absent, "tracked.o": absent, " :(top)*.c": absent, "s/.gitignore": absent})
	if pending := p.look(t); pending.Files != len(got) {
		t.Errorf("%d files are pending, want %d", pending.Files, len(got))
	}
	_, err := p.dir.Export(t.Context(), p, p.guest, ExportOptions{Branch: "b"}, nil)
	if err == nil {
		t.Error("a branch was made of a guest that is no repository")
	}
}

func TestExportOfAFolderWithoutGit(t *testing.T) {
	p := &pair{root: filepath.Join(t.TempDir(), "folder")}
	lay(t, p.root, map[string]leafed{".bangerignore": plain("*.log\n"), ".gitignore": plain("*\n"), "a": plain("1"), "sub/b": plain("1")})
	p.send(t)
	lay(t, p.guest, map[string]leafed{"a": plain("2"), "x.log": plain("1"), "new": plain("1"), "sub/b": absent})
	p.export(t, ExportOptions{Apply: true})
	lay(t, p.guest, map[string]leafed{"x.log": absent})
	p.sameAsGuest(t)
	_, err := p.dir.Export(t.Context(), p, p.guest, ExportOptions{Branch: "b"}, nil)
	if problem.CodeOf(err) != problem.Invalid {
		t.Errorf("a branch of no repository: got %v", err)
	}
}

func TestWhatTheUserIgnoresIsIgnoredForAGuestWithoutGit(t *testing.T) {
	p := newPair(t, map[string]leafed{"a": plain("1"), ".gitignore": plain("!back.own\n")})
	lay(t, p.root, map[string]leafed{".git/info/exclude": plain("*.own")})
	lay(t, os.Getenv("HOME"), map[string]leafed{".config/git/ignore": plain("*.all")})
	if err := os.RemoveAll(filepath.Join(p.guest, ".git")); err != nil {
		t.Fatal(err)
	}
	lay(t, p.guest, map[string]leafed{"x.own": plain("1"), "back.own": plain("1"), "x.all": plain("1"), "b": plain("1")})
	x := p.export(t, ExportOptions{})
	got := map[string]leafed{}
	for _, f := range x.Files {
		got[f.Path] = absent
	}
	same(t, got, map[string]leafed{"back.own": absent, "b": absent})
	if err := os.RemoveAll(filepath.Join(p.root, ".git")); err != nil {
		t.Fatal(err)
	}
	if x := p.export(t, ExportOptions{}); len(x.Files) != 4 {
		t.Errorf("without the user's repository: %v", x.Files)
	}
}
