package workspace

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"banger/internal/problem"
)

// again prepares a second time.
func again(t *testing.T, d Dir, g guest, s Source, o RenewOptions) (Sent, error) {
	t.Helper()
	if s.GuestPath == "" {
		s.GuestPath = g.path
	}
	p, err := Inspect(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Stage(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return d.Renew(t.Context(), g, p, o, nil)
}

// mustRenew is again where nothing is to be in the way.
func mustRenew(t *testing.T, d Dir, g guest, s Source, o RenewOptions) Sent {
	t.Helper()
	sent, err := again(t, d, g, s, o)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

func TestRenewSendsWhatDiffers(t *testing.T) {
	r := newRepo(t)
	for _, name := range []string{"same", "edited", "folder/deleted", "mode", "becomes/folder", "becomes file/inside"} {
		r.write(name, name)
	}
	os.Symlink("same", r.path("link"))
	r.commit("one")
	d := newDir(t)
	s := Source{Path: r.dir, Depth: 10}
	_, g, first := prepare(t, d, s)
	if sent := mustRenew(t, d, g, s, RenewOptions{}); sent.Files != 0 || sent.Gone != 0 || sent.Base.Tree != first.Base.Tree {
		t.Errorf("nothing has changed, and was sent: %+v", sent)
	}
	r.write("edited", "after")
	os.Remove(r.path("folder/deleted"))
	os.Chmod(r.path("mode"), 0o755)
	os.Remove(r.path("link"))
	os.Symlink("edited", r.path("link"))
	r.write("new", "new")
	r.commit("two")
	os.RemoveAll(r.path("becomes file"))
	r.write("becomes file", "x")
	os.RemoveAll(r.path("becomes"))
	r.write("becomes", "x")
	r.git("add", "-A")
	want := files(t, r.dir)
	if sent, err := again(t, d, g, s, RenewOptions{DryRun: true}); err != nil || sent.Files != 6 || sent.Gone != 3 || sent.Base.Tree != "" {
		t.Errorf("a dry run: %+v, %v", sent, err)
	}
	if _, err := os.Stat(filepath.Join(g.path, "new")); err == nil {
		t.Error("a dry run wrote")
	}
	sent := mustRenew(t, d, g, s, RenewOptions{})
	if sent.Files != 6 || sent.Gone != 3 || len(sent.Overwritten) != 0 || sent.Base.Tree == first.Base.Tree {
		t.Errorf("%+v", sent)
	}
	sameFiles(t, files(t, g.path), want)
	if _, err := os.Stat(filepath.Join(g.path, "folder")); err == nil {
		t.Error("a folder stays that git would not have left")
	}
	sameGit(r, g)
	if log := r.at(g.path).git("log", "--format=%s"); log != "two\none\n" {
		t.Errorf("history in the guest:\n%s", log)
	}
	if sent := mustRenew(t, d, g, s, RenewOptions{}); sent.Files != 0 || sent.Gone != 0 {
		t.Errorf("nothing has changed, and was sent: %+v", sent)
	}
}

func TestRenewSparesWorkInTheGuest(t *testing.T) {
	r := newRepo(t)
	for _, name := range []string{"edited", "deleted", "same"} {
		r.write(name, "host")
	}
	r.write(".gitignore", "ignored\n")
	r.commit("one")
	d := newDir(t)
	s := Source{Path: r.dir}
	_, g, _ := prepare(t, d, s)
	in := r.at(g.path)
	in.write("edited", "guest")
	os.Remove(in.path("deleted"))
	in.write("new", "guest")
	in.write("in the way/file", "guest")
	in.write("ignored", "guest")
	r.write("in the way", "host")
	r.git("add", "in the way")
	before := files(t, g.path)
	_, err := again(t, d, g, s, RenewOptions{})
	if problem.CodeOf(err) != problem.Conflict || !strings.Contains(err.Error(), `"edited"`) || problem.RemedyOf(err) == "" {
		t.Fatalf("got %v", err)
	}
	if after := files(t, g.path); !maps.Equal(after, before) {
		t.Error("a refusal changed the guest")
	}
	lost := []string{"deleted", "edited", "in the way/file"}
	if sent, err := again(t, d, g, s, RenewOptions{DryRun: true}); err != nil || !slices.Equal(sent.Overwritten, lost) || !sent.Unexported {
		t.Errorf("a dry run: %+v, %v", sent, err)
	}
	sent := mustRenew(t, d, g, s, RenewOptions{Force: true})
	if !slices.Equal(sent.Overwritten, lost) {
		t.Errorf("overwritten: %q, want %q", sent.Overwritten, lost)
	}
	want := files(t, r.dir)
	want["new"], want["ignored"] = "guest", "guest"
	sameFiles(t, files(t, g.path), want)
	sameGit(r, g)
}

func TestRenewAfterExport(t *testing.T) {
	r := newRepo(t)
	r.write("file", "host")
	r.commit("one")
	d := newDir(t)
	s := Source{Path: r.dir}
	_, g, _ := prepare(t, d, s)
	in := r.at(g.path)
	in.write("file", "guest")
	in.git("commit", "-q", "-a", "-m", "in the guest")
	if _, err := again(t, d, g, s, RenewOptions{}); problem.CodeOf(err) != problem.Conflict {
		t.Fatalf("got %v", err)
	}
	state, found, bad, err := changes(t.Context(), g, g.path)
	if err != nil || len(found) != 1 || len(bad) != 0 {
		t.Fatalf("%+v %+v %+v, %v", state, found, bad, err)
	}
	if err := d.markExported(state, found); err != nil {
		t.Fatal(err)
	}
	mustRenew(t, d, g, s, RenewOptions{})
	sameFiles(t, files(t, g.path), files(t, r.dir))
	if log := in.git("log", "--format=%s"); log != "one\n" {
		t.Errorf("history in the guest:\n%s", log)
	}
	sameGit(r, g)
}

// TestRenewAfterTheGuestTidied: what later packs build on is still there after the guest's git has thrown away all it could.
func TestRenewAfterTheGuestTidied(t *testing.T) {
	r := newRepo(t)
	r.write("file", strings.Repeat("some text\n", 1000))
	for _, message := range []string{"one", "two", "three"} {
		r.commit(message)
	}
	d := newDir(t)
	_, g, _ := prepare(t, d, Source{Path: r.dir, Depth: 1})
	in := r.at(g.path)
	in.git("checkout", "-q", "--orphan", "other")
	in.git("rm", "-q", "-rf", ".")
	in.git("commit", "-q", "--allow-empty", "-m", "other")
	in.git("branch", "-D", "main")
	in.git("reflog", "expire", "--expire=now", "--all")
	in.git("gc", "-q", "--prune=now")
	for i, depth := range []int{1, 2, 10, 0} {
		r.write("new", strings.Repeat("x", i))
		r.commit("next")
		mustRenew(t, d, g, Source{Path: r.dir, Depth: depth}, RenewOptions{Force: true})
		sameFiles(t, files(t, g.path), files(t, r.dir))
		sameGit(r, g)
		got, want := in.git("log", "--oneline"), r.git("log", "--oneline")
		if !strings.HasPrefix(want, got) || depth == 0 && got != want || strings.Count(got, "\n") < min(depth, 4) {
			t.Errorf("history in the guest:\n%swant:\n%s", got, want)
		}
	}
	os.RemoveAll(in.path(".git"))
	mustRenew(t, d, g, Source{Path: r.dir}, RenewOptions{Force: true})
	sameGit(r, g)
}

func TestRenewElsewhere(t *testing.T) {
	r := newRepo(t)
	r.write("file", "x")
	r.commit("one")
	d := newDir(t)
	_, g, _ := prepare(t, d, Source{Path: r.dir})
	other := r.at(filepath.Join(t.TempDir(), "other"))
	os.Mkdir(other.dir, 0o755)
	other.git("init", "-q")
	other.write("other file", "y")
	other.commit("other")
	mustRenew(t, d, g, Source{Path: other.dir}, RenewOptions{})
	sameFiles(t, files(t, g.path), files(t, other.dir))
	sameGit(other, g)
	moved := guest{g.Guest, g.path + " moved"}
	mustRenew(t, d, moved, Source{Path: other.dir}, RenewOptions{})
	sameFiles(t, files(t, moved.path), files(t, other.dir))
	mustRenew(t, d, moved, Source{Path: other.dir}, RenewOptions{})
}

// TestForgottenBase: a guest whose base this host has not is only overwritten by force.
func TestForgottenBase(t *testing.T) {
	r := newRepo(t)
	r.write("file", "x")
	r.commit("one")
	d := newDir(t)
	s := Source{Path: r.dir}
	_, g, first := prepare(t, d, s)
	b, _ := d.base(first.Base.Tree)
	os.Remove(d.baseFile(first.Base.Tree))
	b.Tree = strings.Repeat("1", 40)
	if err := d.writeBase(b); err != nil {
		t.Fatal(err)
	}
	if _, err := again(t, d, g, s, RenewOptions{}); problem.CodeOf(err) != problem.NotFound {
		t.Fatalf("got %v", err)
	}
	mustRenew(t, d, g, s, RenewOptions{Force: true})
	sameFiles(t, files(t, g.path), files(t, r.dir))
}

func TestOccupied(t *testing.T) {
	r := newRepo(t)
	r.write("file", "x")
	r.commit("one")
	g := newGuest(t)
	r.at(g.path).write("already here", "x")
	d := newDir(t)
	if _, err := again(t, d, g, Source{Path: r.dir}, RenewOptions{}); err == nil || problem.RemedyOf(err) == "" {
		t.Errorf("got %v", err)
	}
}

// TestMemoryOfFiles: what is known of a file counts only while it looks the same in every way.
func TestMemoryOfFiles(t *testing.T) {
	was := settled
	settled = -time.Hour
	defer func() { settled = was }()
	r := newRepo(t)
	for _, name := range []string{"same", "edited", "mode"} {
		r.write(name, "before")
	}
	r.commit("one")
	d := newDir(t)
	s := Source{Path: r.dir}
	_, g, _ := prepare(t, d, s)
	if m := d.remember(r.dir); len(m) != 3 {
		t.Fatalf("%d files are remembered", len(m))
	}
	info, err := os.Stat(r.path("edited"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("edited", "after!")
	os.Chtimes(r.path("edited"), info.ModTime(), info.ModTime())
	os.Chmod(r.path("mode"), 0o755)
	if sent := mustRenew(t, d, g, s, RenewOptions{}); sent.Files != 2 {
		t.Errorf("%+v", sent)
	}
	sameFiles(t, files(t, g.path), files(t, r.dir))
	if len(d.remember("/elsewhere")) != 0 {
		t.Error("files of another place are remembered")
	}
}
