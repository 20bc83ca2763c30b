package workspace

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/tree"
)

// lying is a guest that tells of one new file and sends what send writes.
func (p *pair) lying(t *testing.T, e tree.Entry, send func(out io.Writer, name string) error) *scripted {
	return &scripted{t: t, state: guestlink.Tree{Base: p.base.Tree, Commit: p.base.Commit, Head: p.base.Commit}, list: []tree.Entry{e}, send: send}
}

func TestGuestThatBreaksItsWordIsRefused(t *testing.T) {
	p := newPair(t, before)
	file := tree.Entry{Path: "new", Mode: tree.File, Size: 3}
	end := errors.New("no more")
	for what, c := range map[string]struct {
		list  []tree.Entry
		send  func(out io.Writer, name string) error
		code  problem.Code
		words string
	}{
		"another name":     {send: func(out io.Writer, _ string) error { return sendFile(out, "other", tree.File, "abc") }, code: problem.GuestFailed, words: `sends "other" instead of "new"`},
		"less than said":   {send: func(out io.Writer, name string) error { return errors.Join(announce(out, name, 4), write(out, "abc")) }, code: problem.GuestFailed, words: "went away"},
		"an end":           {send: func(io.Writer, string) error { return end }, code: problem.GuestFailed, words: "went away"},
		"an end inside":    {send: func(out io.Writer, name string) error { return errors.Join(announce(out, name, 1<<20), end) }, code: problem.GuestFailed, words: "went away"},
		"a claim":          {send: func(out io.Writer, name string) error { return announce(out, name, 1<<60) }, code: problem.Exhausted, words: "too much for this host"},
		"an earlier claim": {list: []tree.Entry{{Path: "new", Mode: tree.File, Size: 1 << 60}}, code: problem.Exhausted, words: "too much for this host"},
		"many claims":      {list: []tree.Entry{{Path: "a", Mode: tree.File, Size: 1<<63 - 1}, {Path: "b", Mode: tree.File, Size: 1<<63 - 1}}, code: problem.Exhausted, words: "too much for this host"},
		"a name twice":     {list: []tree.Entry{file, file}, code: problem.GuestFailed, words: `tells of "new" twice`},
	} {
		t.Run(what, func(t *testing.T) {
			g := p.lying(t, file, c.send)
			if c.list != nil {
				g.list = c.list
			}
			_, err := p.dir.Export(t.Context(), g, p.guest, ExportOptions{Apply: true}, nil)
			if problem.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, want a problem of code %s with %q", err, c.code, c.words)
			}
		})
	}
	same(t, read(t, p.root), before)
}

func announce(out io.Writer, name string, size int64) error {
	return tree.WriteEntry(out, tree.Entry{Path: name, Mode: tree.File, Size: size})
}

func write(out io.Writer, text string) error {
	_, err := io.WriteString(out, text)
	return err
}

// TestWhatComesCounts, and not what was listed: the guest lives on.
func TestWhatComesCounts(t *testing.T) {
	p := newPair(t, before)
	for what, c := range map[string]struct {
		mode    tree.Mode
		content string
		want    leafed
	}{
		"gone meanwhile":         {tree.Gone, "", absent},
		"larger":                 {tree.File, "more than three", plain("more than three")},
		"executable":             {tree.Program, "abc", program("abc")},
		"as it was in the base":  {tree.File, before["plain"].content, before["plain"]},
		"a folder":               {tree.Folder, "", before["plain"]},
		"a link out":             {tree.Link, "../plain", before["plain"]},
		"a link in":              {tree.Link, "crlf", link("crlf")},
		"a link longer than any": {tree.Link, strings.Repeat("x", tree.MaxPath+1), before["plain"]},
	} {
		t.Run(what, func(t *testing.T) {
			g := p.lying(t, tree.Entry{Path: "plain", Mode: tree.File, Size: 3}, func(out io.Writer, name string) error {
				return sendFile(out, name, c.mode, c.content)
			})
			x, err := p.dir.Export(t.Context(), g, p.guest, ExportOptions{Apply: true}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, p.root)["plain"]; got != c.want {
				t.Errorf("it is %+v, want %+v", got, c.want)
			}
			if left := c.want == before["plain"] && c.content != before["plain"].content; len(x.LeftOut) > 0 != left {
				t.Errorf("left out: %v", x.LeftOut)
			}
			lay(t, p.root, map[string]leafed{"plain": before["plain"]})
		})
	}
}

// TestLinksOfTheUsersOwnStay, wherever they lead and whatever the guest makes of them.
func TestLinksOfTheUsersOwnStay(t *testing.T) {
	p := newPair(t, before)
	g := p.lying(t, tree.Entry{Path: "own link out", Mode: tree.Link, Size: 11}, func(out io.Writer, name string) error {
		return sendFile(out, name, tree.Link, before[name].content)
	})
	x, err := p.dir.Export(t.Context(), g, p.guest, ExportOptions{Apply: true}, nil)
	if err != nil || len(x.LeftOut) > 0 || len(x.Files) > 0 {
		t.Errorf("%+v, %v", x, err)
	}
}

func TestFilesThatAreTooLargeForAPatchAreLeftOut(t *testing.T) {
	p := newPair(t, before)
	g := p.lying(t, tree.Entry{Path: "large", Mode: tree.File, Size: maxPatched + 1}, nil) // nothing is asked for
	x, err := p.dir.Export(t.Context(), g, p.guest, ExportOptions{Patch: filepath.Join(t.TempDir(), "patch")}, nil)
	if err != nil || len(x.LeftOut) != 1 || x.LeftOut[0].Why != tooLarge || x.PatchSize != 0 {
		t.Errorf("%+v, %v", x, err)
	}
}

func TestPatchIsWholeOrAsItWas(t *testing.T) {
	p := newPair(t, before)
	p.edit(t)
	patch := filepath.Join(t.TempDir(), "patch")
	lay(t, filepath.Dir(patch), map[string]leafed{"patch": plain("old"), "patch.part": link("patch")})
	out := &capped{w: io.Discard, left: 10, over: errors.New("too long")}
	if n, err := out.Write(make([]byte, 11)); n != 0 || err != out.over || out.err != out.over {
		t.Errorf("%d bytes were taken, %v", n, err)
	}
	q, err := p.dir.quarantine(p.base)
	if err != nil {
		t.Fatal(err)
	}
	defer q.remove()
	if _, err := q.patch(t.Context(), p.base.Tree, strings.Repeat("1", 40), patch); err == nil {
		t.Error("a patch was made of a tree that is not there")
	}
	same(t, read(t, filepath.Dir(patch)), map[string]leafed{"patch": plain("old")})
}

func TestGuestWithoutAWholeWorkspace(t *testing.T) {
	p := newPair(t, before)
	for what, c := range map[string]struct {
		state guestlink.Tree
		code  problem.Code
	}{
		"none":              {guestlink.Tree{}, problem.NotFound},
		"the first was cut": {guestlink.Tree{Torn: true}, problem.NotFound},
		"an unknown one":    {guestlink.Tree{Base: strings.Repeat("1", 40)}, problem.NotFound},
		"no id":             {guestlink.Tree{Base: "../../x"}, problem.GuestFailed},
	} {
		g := p.lying(t, tree.Entry{Path: "x"}, nil)
		g.state = c.state
		if _, err := p.dir.Look(t.Context(), g, p.guest); problem.CodeOf(err) != c.code {
			t.Errorf("%s: got %v, want a problem of code %s", what, err, c.code)
		}
	}
	g := p.lying(t, tree.Entry{Path: "goes"}, nil)
	g.state.Torn = true
	x, err := p.dir.Export(t.Context(), g, p.guest, ExportOptions{}, nil)
	if err != nil || len(x.Notices) != 1 || len(x.Files) != 1 {
		t.Errorf("%+v, %v", x, err)
	}
}

func TestWhatACrashLeftIsRemoved(t *testing.T) {
	p := newPair(t, before)
	lay(t, string(p.dir), map[string]leafed{"scratch-1/objects/x": plain("1"), "scratch-2": plain("2")})
	p.export(t, ExportOptions{})
	entries, err := os.ReadDir(string(p.dir))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "scratch-") {
			t.Errorf("%s is there still", e.Name())
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func TestSHA256(t *testing.T) {
	p := &pair{root: filepath.Join(t.TempDir(), "repo")}
	lay(t, p.root, before)
	gitAt(t, p.root, "init", "-q", "--object-format=sha256", "-b", "main")
	gitAt(t, p.root, "add", "-A")
	gitAt(t, p.root, "commit", "-q", "-m", "first")
	p.send(t)
	p.edit(t)
	patch := filepath.Join(t.TempDir(), "patch")
	x := p.export(t, ExportOptions{Patch: patch, Branch: "b"})
	gitAt(t, p.root, "apply", patch)
	want := withoutIgnored(read(t, p.guest))
	same(t, read(t, p.root), want)
	gitAt(t, p.root, "add", "-A")
	if x.Commits != 1 || gitAt(t, p.root, "diff", "--cached", "--name-only", "b") != "" {
		t.Errorf("%d commits, or the branch has something else", x.Commits)
	}
}
