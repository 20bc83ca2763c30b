package workspace

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pair is a user's repository and a real agent that was sent it.
type pair struct {
	root  string // the user's
	guest string // the guest's
	dir   Dir
	base  Base
	Guest
}

// newPair makes a repository of files, all committed, and sends it.
func newPair(t *testing.T, files map[string]leafed) *pair {
	t.Helper()
	p := &pair{root: filepath.Join(t.TempDir(), "repo")}
	lay(t, p.root, files)
	gitAt(t, p.root, "init", "-q", "-b", "main")
	gitAt(t, p.root, "add", "-A")
	gitAt(t, p.root, "commit", "-q", "--allow-empty", "-m", "first")
	p.send(t)
	return p
}

// send brings the user's files as they are into a guest.
func (p *pair) send(t *testing.T) {
	t.Helper()
	home(t)
	p.dir = newDir(t)
	_, g, sent := prepare(t, p.dir, Source{Path: p.root, Untracked: true})
	p.Guest, p.guest = g, g.path
	var err error
	if p.base, err = p.dir.base(sent.Base.Tree); err != nil {
		t.Fatal(err)
	}
}

func (p *pair) export(t testing.TB, o ExportOptions) Exported {
	t.Helper()
	x, err := p.dir.Export(t.Context(), p, p.guest, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// sameAsGuest compares the user's working tree with the guest's.
func (p *pair) sameAsGuest(t testing.TB) {
	t.Helper()
	same(t, read(t, p.root), read(t, p.guest))
}

func same(t testing.TB, got, want map[string]leafed) {
	t.Helper()
	for name, l := range want {
		if got[name] != l {
			t.Errorf("%q is %o %.80q, want %o %.80q", name, got[name].mode, got[name].content, l.mode, l.content)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%q is there, and should not be", name)
		}
	}
}

// before is a tree with everything in it that is odd.
var before = map[string]leafed{
	"plain":                plain("one\ntwo\nthree\n"),
	"crlf":                 plain("one\r\ntwo\r\nthree\r\n"),
	"no newline":           plain("one\ntwo"),
	"empty":                plain(""),
	"binary":               plain("\x00\x01\x02" + strings.Repeat("\xff\x00", 1000)),
	"run":                  program("#!/bin/sh\necho run\n"),
	"link":                 link("plain"),
	"own link out":         link("/etc/passwd"),
	"folder/a":             plain(strings.Repeat("renamed whole\n", 20)),
	"folder/b":             plain("b\n"),
	"folder/deep/c":        plain("c\n"),
	"goes":                 plain("goes\n"),
	"file to folder":       plain("f\n"),
	"folder to file/x":     plain("x\n"),
	"folder to file/y/z":   plain("z\n"),
	"file to link":         plain("l\n"),
	"link to file":         link("nowhere"),
	"to file \xff/x":       plain("x\n"),
	"latin \xe9\xff":       plain("latin\n"),
	"tab\tquote\"\\new\nl": plain("odd\n"),
	".gitignore":           plain("ignored\n*.o\n"),
	"sub/.gitattributes":   plain("* -text diff=evil filter=evil\n"),
}

// after is what the guest makes of it.
var after = map[string]leafed{
	"plain":                plain("one\n2\nthree\nfour\n"),
	"crlf":                 plain("one\r\n2\r\nthree\r\nfour\n"),
	"no newline":           plain("one\n2"),
	"empty":                program(""),
	"new empty":            plain(""),
	"binary":               plain("\x00\x01\x03" + strings.Repeat("\xff\x00", 900)),
	"new binary":           plain("\x00new"),
	"run":                  plain("#!/bin/sh\necho run\n"),
	"link":                 link("folder/deep"),
	"new link":             link("link"),
	"folder/a":             absent,
	"moved/here/a":         plain(strings.Repeat("renamed whole\n", 20)),
	"goes":                 absent,
	"file to folder/in":    plain("in\n"),
	"folder to file":       plain("file\n"),
	"file to link":         link("plain"),
	"link to file":         program("file\n"),
	"to file \xff":         plain("file\n"),
	"latin \xe9\xff":       plain("latin 2\n"),
	"new \xfe":             plain("no utf-8\n"),
	"tab\tquote\"\\new\nl": plain("odder\n"),
	" :(top)*":             plain("magic\n"),
	"-dash":                plain("dash\n"),
	"x.o":                  plain("ignored\n"),
	"sub/z":                plain("under attributes\r\n"),
}

// edit makes the guest's tree what after says.
func (p *pair) edit(t testing.TB) {
	t.Helper()
	os.RemoveAll(filepath.Join(p.guest, "folder to file"))
	os.RemoveAll(filepath.Join(p.guest, "to file \xff"))
	os.Remove(filepath.Join(p.guest, "file to folder"))
	lay(t, p.guest, after)
}

// withoutIgnored drops what is not to be exported.
func withoutIgnored(all map[string]leafed) map[string]leafed {
	all = maps.Clone(all)
	delete(all, "x.o")
	return all
}

func TestPatchAppliesToTheTreeAsItStood(t *testing.T) {
	p := newPair(t, before)
	p.edit(t)
	patch := filepath.Join(t.TempDir(), "patch")
	x := p.export(t, ExportOptions{Patch: patch})
	if info, err := os.Stat(patch); err != nil || info.Size() != x.PatchSize {
		t.Errorf("the patch has %d bytes, said to be %d (%v)", info.Size(), x.PatchSize, err)
	}
	gitAt(t, p.root, "apply", patch)
	same(t, read(t, p.root), withoutIgnored(read(t, p.guest)))
	if len(x.LeftOut) > 0 {
		t.Errorf("left out: %v", x.LeftOut)
	}
}

func TestApply(t *testing.T) {
	p := newPair(t, before)
	p.edit(t)
	x := p.export(t, ExportOptions{Apply: true})
	same(t, read(t, p.root), withoutIgnored(read(t, p.guest)))
	if x.Applied != len(x.Files) || x.Applied == 0 {
		t.Errorf("%d were applied of %d", x.Applied, len(x.Files))
	}
	if x := p.export(t, ExportOptions{Apply: true}); x.Applied != 0 {
		t.Errorf("%d were applied again", x.Applied)
	}
}

func TestBranch(t *testing.T) {
	p := newPair(t, before)
	lay(t, p.guest, map[string]leafed{"committed": plain("in the guest\n")})
	gitAt(t, p.guest, "add", "-A")
	gitAt(t, p.guest, "commit", "-q", "-m", "second")
	p.edit(t)
	head := gitAt(t, p.root, "rev-parse", "HEAD")
	status := gitAt(t, p.guest, "status", "--porcelain", "-uall", "--ignored")
	was := portrait(t, p.guest, false) // git renews the times of objects that it would have written
	x := p.export(t, ExportOptions{Branch: "from-guest", Name: "web"})
	if x.Branch != "from-guest" || x.Commits != 2 {
		t.Errorf("branch %q of %d commits, want from-guest of 2", x.Branch, x.Commits)
	}
	if now := gitAt(t, p.root, "rev-parse", "HEAD"); now != head || gitAt(t, p.root, "status", "--porcelain") != "" {
		t.Error("HEAD or the working tree of the user has changed")
	}
	unchanged(t, was, portrait(t, p.guest, false))
	if now := gitAt(t, p.guest, "status", "--porcelain", "-uall", "--ignored"); now != status {
		t.Errorf("the guest's status is now\n%s\nwas\n%s", now, status)
	}
	if got := gitAt(t, p.root, "log", "--format=%s", "from-guest"); got != "Uncommitted work in banger VM web\nsecond\nfirst" {
		t.Errorf("the branch has %q", got)
	}
	gitAt(t, p.root, "fsck", "--strict")
	gitAt(t, p.root, "checkout", "-q", "from-guest")
	same(t, read(t, p.root), withoutIgnored(read(t, p.guest)))
}
