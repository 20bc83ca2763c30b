package workspace

import (
	"slices"
	"strings"

	"banger/internal/tree"
)

// settle sorts the edits and drops new paths that cannot be together with the rest: in a tree nothing can be below a file or a
// link. A guest that tells the truth has none.
func (c *collector) settle() error {
	slices.SortFunc(c.edits, func(a, b edit) int { return strings.Compare(a.path, b.path) })
	taken := places{leaves: map[string]bool{}, folders: map[string]bool{}}
	gone := map[string]bool{}
	for _, e := range c.edits {
		gone[e.path] = e.is.mode == tree.Gone
	}
	for path := range c.base {
		if !gone[path] {
			taken.add(path)
		}
	}
	kept := c.edits[:0]
	for _, e := range c.edits {
		switch {
		case e.was.mode != tree.Gone:
		case !taken.fit(e.path):
			c.leave(e.path, "it is both a folder and not one")
			continue
		default:
			if err := c.take(perObject * int64(taken.add(e.path))); err != nil {
				return err
			}
		}
		kept = append(kept, e)
	}
	c.edits = kept
	return nil
}

// places are the paths of a tree.
type places struct{ leaves, folders map[string]bool }

// add tells how many folders are new by it.
func (p places) add(path string) (folders int) {
	p.leaves[path] = true
	for dir := range above(path) {
		if p.folders[dir] {
			break
		}
		p.folders[dir] = true
		folders++
	}
	return folders
}

func (p places) fit(path string) bool {
	for dir := range above(path) {
		if p.leaves[dir] {
			return false
		}
		if p.folders[dir] {
			break
		}
	}
	return !p.folders[path]
}

// above gives the folders that a path lies in, the innermost first, without the tree's own.
func above(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := strings.LastIndexByte(path, '/'); i > 0; i = strings.LastIndexByte(path[:i], '/') {
			if !yield(path[:i]) {
				return
			}
		}
	}
}
