package agent

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"

	"banger/internal/tree"
)

// checkEntry refuses what no host sends. What is Aside lies in git's own folder, and nothing else does: a folder of the tree that
// holds something unknown would be taken for one that holds more than was sent.
func checkEntry(e tree.Entry) error {
	path, inGit := strings.CutPrefix(e.Path, gitFolder+"/")
	if !e.Aside {
		path = e.Path
	}
	if err := tree.CheckPath(path); err != nil {
		return err
	}
	switch {
	case e.Aside && !inGit:
		return errors.New("it is not of the tree and not git's")
	case e.Size != 0 && (e.Mode == tree.Folder || e.Mode == tree.Gone):
		return errors.New("it has a content and is no file")
	case e.Mode == tree.Link && (e.Size == 0 || e.Size > tree.MaxPath):
		return errors.New("no link can lead there")
	}
	return nil
}

// enter opens a folder on the way, and makes it first where that is wanted. Whatever else has its place is removed.
func (p *putter) enter(parent int, dir, name string) (int, error) {
	fd, err := openFolder(parent, name)
	made := p.making && missing(err)
	if made {
		if err != unix.ENOENT {
			if err := unix.Unlinkat(parent, name, 0); err != nil {
				return -1, err
			}
		}
		if err := unix.Mkdirat(parent, name, 0o755); err != nil {
			return -1, err
		}
		fd, err = openFolder(parent, name)
	}
	if err == nil && p.making && p.isFile(dir) {
		p.forget(dir) // it cannot be one with something in it
	}
	if err == nil {
		p.meet(fd, dir, made)
	}
	return fd, err
}

// isFile reports whether path is remembered as a file.
func (p *putter) isFile(path string) bool {
	k, ok := p.now[path]
	if !ok {
		k, ok = p.old.find(path)
	}
	return ok && !k.Aside && k.Mode != tree.Gone
}

// meet finds out, before the first change in a folder, whether it holds only what is known.
func (p *putter) meet(fd int, dir string, made bool) {
	if _, met := p.folders[dir]; met {
		return
	}
	if !made {
		var st unix.Stat_t
		was, ok := p.old.find(folderKey(dir))
		made = ok && was.Aside && unix.Fstat(fd, &st) == nil && was.same(st)
	}
	p.folders[dir] = made
}

// leave remembers a folder as it is after the last change in it, unless it is a file to the host.
func (p *putter) leave(fd int, dir string) {
	if p.isFile(folderKey(dir)) {
		return
	}
	k := known{Entry: tree.Entry{Path: folderKey(dir), Mode: tree.Folder, Aside: true}}
	var st unix.Stat_t
	if p.folders[dir] && unix.Fstat(fd, &st) == nil {
		k.Time, k.ctime = st.Mtim.Nano(), st.Ctim.Nano()
	}
	p.now[k.Path] = k
}

func folderKey(dir string) string {
	if dir == "" {
		return topFolder
	}
	return dir
}

// remove takes away what an entry names, and the folders that it was the last one in. A folder in its place stays unless it is empty: what is
// to be gone is a file. noWay is why its folder could not be opened.
func (p *putter) remove(parent int, e tree.Entry, noWay error) error {
	dir, name := split(e.Path)
	if p.isFile(e.Path) {
		p.forget(e.Path)
	}
	if noWay != nil {
		if missing(noWay) {
			return nil
		}
		return noWay
	}
	err := unix.Unlinkat(parent, name, 0)
	if err == unix.EISDIR {
		if err = unix.Unlinkat(parent, name, unix.AT_REMOVEDIR); err == nil {
			p.forget(e.Path)
		}
	}
	if err != nil && err != unix.ENOENT && err != unix.ENOTEMPTY {
		return err
	}
	if e.Aside { // git takes a folder for its own only with all of its folders
		return nil
	}
	return p.prune(dir)
}

func (p *putter) prune(dir string) error {
	for dir != "" {
		up, name := split(dir)
		parent, err := p.way.to(up)
		if err != nil {
			return err
		}
		switch err := unix.Unlinkat(parent, name, unix.AT_REMOVEDIR); err {
		case nil:
			if !p.isFile(dir) { // to the host
				p.forget(dir)
			}
			dir = up
		case unix.ENOTEMPTY:
			return nil
		default:
			return err
		}
	}
	return nil
}

// forget drops what is remembered of path, a file or a folder.
func (p *putter) forget(path string) {
	delete(p.folders, path)
	p.now[path] = known{Entry: tree.Entry{Path: path, Mode: tree.Gone}}
}
