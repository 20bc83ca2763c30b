package agent

import (
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"path/filepath"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// treeChanges tells what has become of a workspace.
func (a *Agent) treeChanges(r *guestlink.TreeChanges, stream net.Conn) {
	if r == nil {
		r = &guestlink.TreeChanges{}
	}
	w, err := a.openTree(r.Path)
	if err != nil {
		guestlink.Refuse(stream, refusal(err))
		return
	}
	defer w.close()
	ctx, leave := attend(stream)
	defer leave()
	c := &changes{files: &reader{ctx: ctx, way: w, buf: make([]byte, readBuffer)}}
	state, err := c.look(a, r)
	if err != nil {
		guestlink.Refuse(stream, refusal(err))
		return
	}
	if guestlink.WriteMessage(stream, guestlink.Response{Tree: state}) != nil {
		return
	}
	out := guestlink.NewBulkWriter(stream)
	out.End(guestlink.CopyEnd{Error: refusal(c.tell(out))}) // in vain when the host has gone
}

// openTree opens a workspace.
func (a *Agent) openTree(path string) (*way, error) {
	if err := a.sys.Ready(); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(path) {
		return nil, refuse(guestlink.CodeInvalid, "%q is no folder for a workspace", path)
	}
	w, err := openWay(path)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return nil, refuse(guestlink.CodeNotFound, "there is no folder %q in the guest", path)
	}
	return w, err
}

// changes is what differs from the record.
type changes struct {
	files    *reader
	suspects []known      // files that look another way than when they were written
	found    []tree.Entry // files that nobody has written
}

// look looks at all there is, and reads no file.
func (c *changes) look(a *Agent, r *guestlink.TreeChanges) (*guestlink.Tree, error) {
	rec, err := readRecord(r.Record, r.Path)
	if err != nil {
		return nil, err
	}
	state := &guestlink.Tree{Base: rec.Base, Commit: rec.Commit, Torn: rec.torn, Head: rec.Commit}
	added, git, err := c.survey(rec)
	if err != nil {
		return nil, err
	}
	l := &lister{Agent: a, ctx: c.files.ctx, way: c.files.way, top: r.Path, rec: rec, suspects: map[string]bool{}}
	for _, k := range c.suspects {
		l.suspects[k.Path] = true
	}
	if git {
		state.Head = l.head()
	}
	if added {
		c.found, err = l.all()
		state.Walked = l.walked
	}
	return state, err
}

// survey compares what is remembered with how it looks. added says that there may be files that nobody has written, git that
// the repository may be at another commit.
func (c *changes) survey(rec *record) (added, git bool, err error) {
	_, hasGit := rec.find(gitFolder)
	added = len(rec.entries) == 0
	for _, k := range rec.entries {
		st, err := c.files.way.look(k.Path)
		switch {
		case err != nil && !missing(err):
			return false, false, fmt.Errorf("look at %q: %w", k.Path, err)
		case err == nil && k.same(st):
		case !k.Aside:
			c.suspects = append(c.suspects, k)
		case inside(k.Path, gitFolder):
			git = true
		default:
			added = true
		}
	}
	return added, git || added && !hasGit, nil
}

// tell lists the changes.
func (c *changes) tell(out io.Writer) error {
	for _, k := range c.suspects {
		e, err := c.now(k)
		if err != nil {
			return err
		}
		if e.Mode == k.Mode && bytes.Equal(e.Sum, k.Sum) {
			continue
		}
		if err := tree.WriteEntry(out, e); err != nil {
			return err
		}
	}
	for _, e := range c.found {
		if err := tree.WriteEntry(out, e); err != nil {
			return err
		}
	}
	return nil
}

// tries is how often a file that gets shorter meanwhile is read.
const tries = 3

// now is a remembered file as it is, with its sum.
func (c *changes) now(k known) (e tree.Entry, err error) {
	for range tries {
		var sum hash.Hash
		err = c.files.read(k.Path, func(is tree.Entry) (io.Writer, error) {
			e, sum = is, tree.NewSum(len(k.Sum), is.Size)
			return sum, nil
		})
		if err == nil && e.Mode != tree.Gone {
			e.Sum = sum.Sum(nil)
		}
		if !errors.Is(err, errShrunk) {
			break
		}
	}
	return e, err
}
