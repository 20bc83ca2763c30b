package workspace

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"strings"

	"golang.org/x/sys/unix"

	"banger/internal/progress"
	"banger/internal/tree"
)

// LeftOut is a path of the guest's that is not exported.
type LeftOut struct {
	Path string
	Why  string // a sentence about it
}

// maxPatched bounds a file in a patch, in bytes: git holds such files, and what it makes of them, in memory.
const maxPatched = 256 << 20

// collector fetches what has changed into a quarantine.
type collector struct {
	*quarantine
	base    map[string]leaf
	largest int64 // of a file, in bytes
	sink    progress.Sink

	edits []edit
	out   []LeftOut
}

// collect fetches what is listed.
func (c *collector) collect(ctx context.Context, g Guest, guestPath string, l listing) error {
	for _, e := range l.bad {
		c.leave(e.Path, whyBad(e))
	}
	var names []string
	total := int64(0)
	for _, e := range l.found {
		switch {
		case e.Mode == tree.Gone:
			c.add(e.Path, leaf{})
		case !nameable(e.Path):
			c.leave(e.Path, "it has a name that is too long")
		case e.Size > c.largest:
			c.leave(e.Path, tooLarge)
		case e.Size > c.room || total+e.Size > c.room:
			return c.tooMuch()
		default:
			total += e.Size
			names = append(names, e.Path)
		}
	}
	if len(names) > 0 {
		if err := get(ctx, g, guestPath, names, c.receive); err != nil {
			return err
		}
	}
	return c.settle()
}

// tooLarge is why a file is not in a patch.
const tooLarge = "it is larger than 256 MiB, too much for a patch: --apply takes it, or banger vm cp"

func whyBad(e tree.Entry) string {
	if err := tree.CheckPath(e.Path); err != nil {
		return err.Error()
	}
	return "it is nothing that git knows"
}

// nameable reports whether file systems take the names in a path.
func nameable(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if len(part) > unix.NAME_MAX {
			return false
		}
	}
	return true
}

// receive takes one file of the guest's. What is listed and what comes can differ, since the guest lives; what comes counts.
func (c *collector) receive(e tree.Entry, content io.Reader) error {
	why := ""
	switch {
	case e.Mode == tree.Gone:
		c.add(e.Path, leaf{})
		return nil
	case e.Mode == tree.Folder:
		why = "it is nothing that git knows"
	case e.Mode == tree.Link && e.Size > tree.MaxPath:
		why = "it is a link that is too long"
	case e.Size > c.largest:
		why = tooLarge
	}
	if why != "" {
		c.leave(e.Path, why)
		return nil
	}
	if err := c.take(e.Size); err != nil {
		return err
	}
	c.sink.Report(progress.Event{Phase: "fetch changed files", Message: e.Path, Done: int64(len(c.edits)), Unit: "files"})
	if e.Mode == tree.Link {
		return c.receiveLink(e, content)
	}
	return c.write(e, content)
}

// receiveLink refuses links that lead out, unless they are the user's own.
func (c *collector) receiveLink(e tree.Entry, content io.Reader) error {
	target, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	sum := tree.NewSum(c.store.sum, e.Size)
	sum.Write(target)
	if (leaf{e.Mode, hex.EncodeToString(sum.Sum(nil))}) == c.base[e.Path] {
		return nil
	}
	if err := tree.CheckLink(e.Path, string(target)); err != nil {
		c.leave(e.Path, "it is a link, and "+err.Error())
		return nil
	}
	return c.write(e, bytes.NewReader(target))
}

func (c *collector) write(e tree.Entry, content io.Reader) error {
	sum, err := c.store.write(e.Size, content)
	if err == nil {
		c.add(e.Path, leaf{e.Mode, hex.EncodeToString(sum)})
	}
	return err
}

// add notes what is at a path now, unless it is as it was.
func (c *collector) add(path string, is leaf) {
	if was := c.base[path]; was != is {
		c.edits = append(c.edits, edit{path: path, was: was, is: is})
	}
}

func (c *collector) leave(path, why string) { c.out = append(c.out, LeftOut{path, why}) }
