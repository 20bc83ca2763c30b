package agent_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// sequences is how many histories are played, half of them in a repository.
const sequences = 200

// TestRandomHistories: whatever is done to a workspace, in the guest and by later puts, what the host knows of the last put and what the
// guest tells of changes are together what lies there.
func TestRandomHistories(t *testing.T) {
	g := start(t)
	for seed := range uint64(sequences) {
		dir := t.TempDir()
		h := &history{
			space: &space{g, filepath.Join(dir, "space"), filepath.Join(dir, "record")}, Rand: rand.New(rand.NewPCG(seed, 5)),
			base: map[string]file{}, git: seed%2 == 0,
		}
		h.play(t)
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, strings.Join(h.log, "\n"))
		}
	}
}

// history is what happens to one workspace.
type history struct {
	*space
	*rand.Rand
	base   map[string]file // as the host believes
	git    bool
	commit string // that was sent
	log    []string
}

func (h *history) play(t *testing.T) {
	files := []file{plainFile(".gitignore", "*.o\n"), plainFile("a", "1"), plainFile("b/a", "2"), program("b/c/p", "3"), plainFile("c/x", "4"), plainFile("c/y", "5")}
	for _, f := range files {
		h.base[f.Path] = f
	}
	if h.git {
		h.withGit(t, files...)
		h.commit = h.says(t, "git rev-parse HEAD")
	} else {
		h.put(t, "base", files...)
	}
	for range 5 {
		for range h.IntN(6) {
			h.step(t)
		}
		h.compare(t)
		if t.Failed() {
			return
		}
		if h.IntN(3) == 0 {
			h.putSome(t)
			h.compare(t)
		}
	}
}

// name is one that may be there; the same ones come again and again, as files and as folders.
func (h *history) name() string {
	parts := []string{"a", "b", "c", "p", "x", "y.o", "\xff", "n\nl", " ", "-f", ":(top)", "ü", `b\s`}
	name := parts[h.IntN(len(parts))]
	for h.IntN(2) == 0 {
		name = parts[h.IntN(3)] + "/" + name
	}
	return name
}

// there is the name of a file that was sent, or any.
func (h *history) there() string {
	known := slices.Sorted(maps.Keys(h.base))
	known = slices.DeleteFunc(known, func(name string) bool { return name == ".gitignore" }) // says what truth takes for granted
	if h.IntN(4) == 0 || len(known) == 0 {
		return h.name()
	}
	return known[h.IntN(len(known))]
}

// step does something in the guest. What is impossible does not happen, and is none of the test's business.
func (h *history) step(t *testing.T) {
	one, two := h.there(), h.name()
	r, err := os.OpenRoot(h.path) // links lead out of the workspace
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	deeds := []struct {
		name string
		do   func() error
	}{
		{"write", func() error { return h.write(r, one) }},
		{"create", func() error { return errors.Join(r.MkdirAll(path.Dir(two), 0o755), h.write(r, two)) }},
		{"edit in secret", func() error { return h.editInSecret(r, one) }},
		{"chmod", func() error { return h.chmod(r, one) }},
		{"touch", func() error { return r.Chtimes(one, time.Now(), time.Unix(int64(h.IntN(1e9)), 1)) }},
		{"rename", func() error { return errors.Join(r.MkdirAll(path.Dir(two), 0o755), r.Rename(one, two)) }},
		{"rename folder", func() error { return r.Rename(path.Dir(one), two) }},
		{"exchange", func() error {
			return errors.Join(r.Rename(one, "temporary"), r.Rename(two, one), r.Rename("temporary", two))
		}},
		{"remove", func() error { return r.Remove(one) }},
		{"remove folder", func() error { return r.RemoveAll(path.Dir(one)) }},
		{"link", func() error { return r.Symlink([]string{"a", "..", "/etc", "b/c"}[h.IntN(4)], two) }},
		{"link for file", func() error { return errors.Join(r.Remove(one), r.Symlink("a", one)) }},
		{"folder for file", func() error { return errors.Join(r.Remove(one), r.Mkdir(one, 0o755), h.write(r, one+"/a")) }},
		{"file for folder", func() error { return errors.Join(r.RemoveAll(path.Dir(one)), h.write(r, path.Dir(one))) }},
		{"pipe", func() error { return syscall.Mkfifo(h.at("temporary"), 0o600) }},
		{"hard link", func() error { return r.Link(one, two) }},
		{"git add", func() error { return h.inGit(t, "git add -A || :") }},
		{"git commit", func() error { return h.inGit(t, "git add -A || :; git commit -q --allow-empty -m x") }},
		{"git rm", func() error { return h.inGit(t, "git rm -rq --cached . || :") }},
		{"git checkout", func() error { return h.inGit(t, "git checkout -qf HEAD -- . || :") }},
	}
	d := deeds[h.IntN(len(deeds))]
	h.log = append(h.log, fmt.Sprintf("%s %q %q: %v", d.name, one, two, d.do()))
}

func (h *history) write(r *os.Root, name string) error {
	info, err := r.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		return errors.New("no file") // a pipe would wait
	}
	return r.WriteFile(name, fmt.Appendf(nil, "%d", h.IntN(1000)), 0o644)
}

// chmod leaves folders alone, which whoever runs the tests must be able to read.
func (h *history) chmod(r *os.Root, name string) error {
	if info, err := r.Stat(name); err != nil || info.IsDir() {
		return errors.New("no file")
	}
	return r.Chmod(name, []fs.FileMode{0o644, 0o755, 0o600, 0o700}[h.IntN(4)])
}

// editInSecret leaves size and time as they were.
func (h *history) editInSecret(r *os.Root, name string) error {
	info, err := r.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return errors.New("no file")
	}
	f, err := r.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte{byte('a' + h.IntN(26))}, h.Int64N(info.Size()))
	return errors.Join(err, f.Close(), r.Chtimes(name, time.Time{}, info.ModTime()))
}

func (h *history) inGit(t *testing.T, script string) error {
	if !h.git {
		return errors.New("no git")
	}
	h.shell(t, script)
	return nil
}

// putSome is a host that has other files now. That it may not replace what would be lost is fine.
func (h *history) putSome(t *testing.T) {
	var files []file
	for range 1 + h.IntN(5) {
		name := h.there()
		switch h.IntN(5) {
		case 0:
			files = append(files, goneFile(name))
		case 1:
			files = append(files, linkTo(name, "c"))
		default:
			files = append(files, plainFile(name, fmt.Sprint(h.IntN(1000))))
		}
	}
	h.log = append(h.log, "put")
	for _, f := range files {
		h.log = append(h.log, fmt.Sprintf("  %q %o %q", f.Path, f.Mode, f.content))
	}
	err := h.tryPut(t, guestlink.TreePut{Commit: h.commit}, "other", files...)
	if refusal, ok := errors.AsType[*guestlink.Error](err); ok && refusal.Code == guestlink.CodeOccupied {
		h.log = append(h.log, err.Error())
		return
	}
	if err != nil {
		t.Error(err)
	}
	for _, f := range files {
		h.base[f.Path] = f
		if f.Mode == tree.Gone {
			delete(h.base, f.Path)
			continue
		}
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			delete(h.base, dir) // a folder now
		}
	}
}

// compare puts together what the guest tells, and looks at its disk.
func (h *history) compare(t *testing.T) {
	t.Helper()
	before := everything(t, h.path)
	state, found := h.changes(t)
	all := map[string]string{}
	for name, f := range h.base {
		all[name] = fmt.Sprintf("%o %q", f.Mode, f.content)
	}
	names := slices.Sorted(maps.Keys(found))
	for _, f := range h.get(t, names...) {
		e := found[f.Path]
		if f.Mode != e.Mode || f.Size != e.Size || f.Time != e.Time {
			t.Errorf("%q is listed as %+v and sent as %+v", f.Path, e, f.Entry)
		}
		was, known := h.base[f.Path]
		if got := fmt.Sprintf("%o %q", f.Mode, f.content); known && got == all[f.Path] {
			t.Errorf("%q is listed and has not changed", f.Path)
		} else if known && f.Mode != tree.Gone && string(e.Sum) != string(sumOf(f.content)) || !known && e.Sum != nil {
			t.Errorf("%q, which was %+v, is listed with the sum %x", f.Path, was.Entry, e.Sum)
		} else {
			all[f.Path] = got
		}
		if f.Mode == tree.Gone {
			delete(all, f.Path)
		}
	}
	if want := h.truth(t); !maps.Equal(all, want) {
		t.Errorf("%+v: the guest tells of\n%s\ntogether\n%v\nand there is\n%v", state, listed(found), all, want)
	}
	if everything(t, h.path) != before {
		t.Error("the guest has changed something")
	}
	if h.git && state.Head != h.says(t, "git rev-parse HEAD") {
		t.Errorf("%+v has not the right HEAD", state)
	}
}

// truth is what lies on the disk, looked at in another way, and without what git ignores and nobody has sent.
func (h *history) truth(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(h.path, func(at string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(at, h.path+"/")
		_, known := h.base[name]
		ignored := h.git && !known && slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasSuffix(part, ".o") })
		switch {
		case err != nil:
			return err
		case name == ".git":
			return filepath.SkipDir
		case ignored || d.IsDir():
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(at)
			all[name] = fmt.Sprintf("%o %q", tree.Link, target)
			return err
		case d.Type() == 0:
			info, err := d.Info()
			if err != nil {
				return err
			}
			content, err := os.ReadFile(at)
			all[name] = fmt.Sprintf("%o %q", map[bool]tree.Mode{true: tree.Program, false: tree.File}[info.Mode()&0o100 != 0], content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
