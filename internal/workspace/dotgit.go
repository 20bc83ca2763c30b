package workspace

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"banger/internal/tree"
)

// aside is a file of the guest's .git.
type aside struct {
	path string // below .git
	mode tree.Mode
	data []byte
	file string // of the host's, instead of data
}

// dotGit sends the guest's .git: packs that the guest has not got, and all else anew. HEAD is last: without it git does not take the folder for its own.
func (u *put) dotGit(packs, has []string) error {
	if !u.plan.Git {
		return nil
	}
	all := []aside{{path: "objects", mode: tree.Folder}, {path: "refs", mode: tree.Folder}}
	all = append(all, u.packs(packs, has)...)
	exclude, sparse := u.plan.excludes()
	all = append(all, u.leftovers()...)
	all = append(all, text("config", u.plan.guestConfig()), text("info/exclude", exclude), text("info/sparse-checkout", sparse),
		text("shallow", lines(u.plan.shallow)), text("index", string(encodeIndex(u.index(), u.plan.sum))))
	all = append(all, u.head()...)
	for _, a := range all {
		if err := u.aside(a); err != nil {
			return err
		}
	}
	return nil
}

// text is a file that is not there when it is empty.
func text(path, content string) aside {
	if content == "" {
		return aside{path: path, mode: tree.Gone}
	}
	return aside{path: path, mode: tree.File, data: []byte(content)}
}

func lines(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return strings.Join(all, "\n") + "\n"
}

// head is the guest's HEAD and what it names.
func (u *put) head() []aside {
	p := u.plan
	if p.Branch == "" {
		return []aside{text("HEAD", p.Commit+"\n")}
	}
	head := text("HEAD", "ref: refs/heads/"+p.Branch+"\n")
	if p.Commit == "" {
		return []aside{head}
	}
	return []aside{text("refs/heads/"+p.Branch, p.Commit+"\n"), head}
}

// packs have a file that keeps the guest's git from throwing them away: later ones build on them.
func (u *put) packs(packs, has []string) (all []aside) {
	had := map[string]bool{}
	for _, name := range has {
		had[name] = true
	}
	for _, name := range packs {
		if had[name] {
			continue
		}
		for _, ext := range []string{".pack", ".idx"} {
			file := filepath.Join(u.dir.objects(), "pack", name+ext)
			all = append(all, aside{path: "objects/pack/" + name + ext, mode: tree.File, file: file})
		}
		all = append(all, aside{path: "objects/pack/" + name + ".keep", mode: tree.File})
		if u.plan.configured.promisor != "" {
			all = append(all, aside{path: "objects/pack/" + name + ".promisor", mode: tree.File})
		}
	}
	return all
}

// leftovers of what a git in the guest was in the middle of are taken away.
func (u *put) leftovers() (all []aside) {
	for _, name := range []string{"MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "CHERRY_PICK_HEAD", "REVERT_HEAD", "index.lock"} {
		all = append(all, aside{path: name, mode: tree.Gone})
	}
	return all
}

// index is the guest's. Of a file that git would find unchanged it has what the guest's git will see, so that this need not read it.
func (u *put) index() []indexEntry {
	p := u.plan
	all := make([]indexEntry, len(p.index))
	for i, e := range p.index {
		done, there := u.done[e.path]
		same := there && e.stage == 0 && done.guest != 0 && e.flags&flagAdded == 0 &&
			(e.unchanged(done.stat, p.repository) || e.mode == done.entry.Mode && string(e.sum) == string(done.entry.Sum))
		e.stat = stat{}
		if same {
			e.stat = stat{Mtime: done.guest, Size: done.entry.Size}
		}
		all[i] = e
	}
	return all
}

func (u *put) aside(a aside) (err error) {
	e := tree.Entry{Path: ".git/" + a.path, Mode: a.mode, Size: int64(len(a.data)), Aside: true}
	if a.file == "" {
		if err := tree.WriteEntry(u.out, e); err != nil {
			return err
		}
		_, err := u.out.Write(a.data)
		return err
	}
	f, err := os.Open(a.file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if e.Size = info.Size(); e.Size == 0 {
		return fmt.Errorf("%q is empty", a.file)
	}
	if err := tree.WriteEntry(u.out, e); err != nil {
		return err
	}
	if n, err := io.Copy(u.out, io.LimitReader(f, e.Size)); err != nil || n < e.Size {
		return errors.Join(err, fmt.Errorf("%q has become shorter", a.file))
	}
	return nil
}
