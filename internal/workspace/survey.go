package workspace

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"banger/internal/problem"
	"banger/internal/tree"
)

// found is what is at a path of the user's working tree.
type found struct {
	leaf
	info fs.FileInfo // nil where nothing is
}

// errDiffers is of a path that is neither as it was sent nor as it is to be.
var errDiffers = errors.New("it differs")

// maxNamed is how many paths a refusal names.
const maxNamed = 20

// survey looks at every path that is to change, before any does. What is there goes into the quarantine, to be put back. Edits whose
// outcome is there already are dropped, so that what was cut off can be done again.
func (w *workingTree) survey(edits []edit) (todo []edit, err error) {
	w.gone, w.needed, w.found = map[string]bool{}, map[string]bool{}, map[string]found{}
	for _, e := range edits {
		w.gone[e.path] = e.is.mode == tree.Gone
		for dir := range above(e.path) {
			w.needed[dir] = w.needed[dir] || e.is.mode != tree.Gone
		}
	}
	var differ []string
	for _, e := range edits {
		at, err := w.look(e)
		switch {
		case errors.Is(err, errDiffers), err == nil && at.leaf != e.is && at.leaf != e.was:
			differ = append(differ, fmt.Sprintf("%q", e.path))
		case err != nil:
			return nil, fmt.Errorf("look at %q: %w", e.path, err)
		case at.leaf != e.is:
			w.found[e.path] = at
			todo = append(todo, e)
		}
	}
	if len(differ) == 0 {
		return todo, nil
	}
	more := ""
	if n := len(differ) - maxNamed; n > 0 {
		differ, more = differ[:maxNamed], fmt.Sprintf(" and %d more", n)
	}
	return nil, problem.New(problem.Conflict, "the working tree has changed since it was sent: %s%s", strings.Join(differ, ", "), more).
		WithRemedy("put these away, or take the changes with --output or --branch and merge them")
}

// look finds out what is at a path, without following a link anywhere. A folder at it, and a file or link above it, are in the way of what is
// to be there, unless they go.
func (w *workingTree) look(e edit) (at found, err error) {
	goes := e.is.mode == tree.Gone
	for dir := range above(e.path) {
		info, err := w.root.Lstat(dir)
		switch {
		case missing(err):
		case err != nil:
			return at, err
		case !info.IsDir() && (goes || w.gone[dir]):
			return at, nil
		case !info.IsDir():
			return at, errDiffers
		}
	}
	at.info, err = w.root.Lstat(e.path)
	switch {
	case missing(err), err == nil && at.info.IsDir() && (goes || w.onlyGone(e.path)):
		return found{}, nil
	case err == nil && at.info.IsDir():
		return at, errDiffers
	case err != nil:
		return at, err
	}
	at.leaf, err = w.keep(e.path, at.info)
	return at, err
}

// missing reports whether nothing is at a path, for which a file above it is a reason too.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotFolder)
}

// keep puts what is at a path into the quarantine.
func (w *workingTree) keep(name string, info fs.FileInfo) (l leaf, err error) {
	if err := w.take(info.Size()); err != nil {
		return l, err
	}
	var sum []byte
	switch info.Mode().Type() {
	case fs.ModeSymlink:
		target, err := w.root.Readlink(name)
		if err != nil {
			return l, err
		}
		l.mode = tree.Link
		sum, err = w.store.write(int64(len(target)), strings.NewReader(target))
		l.sum = hex.EncodeToString(sum)
		return l, err
	case 0:
		l.mode = tree.File
		if info.Mode()&0o100 != 0 {
			l.mode = tree.Program
		}
	default:
		return l, errDiffers
	}
	f, err := w.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return l, err
	}
	defer f.Close()
	sum, err = w.store.write(info.Size(), f)
	l.sum = hex.EncodeToString(sum)
	return l, err
}

// onlyGone reports whether a folder goes away with the files that do.
func (w *workingTree) onlyGone(dir string) bool {
	f, err := w.root.Open(dir) // an fs.FS takes only names in UTF-8
	if err != nil {
		return false
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	return err == nil && len(entries) > 0 && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		name := path.Join(dir, e.Name())
		return !w.gone[name] && !(e.IsDir() && w.onlyGone(name))
	})
}
