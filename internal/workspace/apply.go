package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"

	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/tree"
)

const (
	errNotFolder = syscall.ENOTDIR
	// A file that has become a pipe since must not keep us waiting.
	openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
)

// workingTree is the user's, being changed. Links in it are never followed out of it (os.Root), and never followed at all while nobody else
// changes it.
type workingTree struct {
	*quarantine
	root   *os.Root
	gone   map[string]bool  // paths of edits; true where nothing is to be
	needed map[string]bool  // folders in which something is to be
	found  map[string]found // what was at the paths that are to change
	undo   []func() error   // puts back what was done, from the last to the first
}

// apply makes the user's working tree as the guest's is: all of it, or nothing.
func (q *quarantine) apply(ctx context.Context, dir string, edits []edit, sink progress.Sink) (n int, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	w := &workingTree{quarantine: q, root: root}
	edits, err = w.survey(edits)
	if err != nil {
		return 0, err
	}
	if err := w.change(ctx, edits, sink); err != nil {
		return 0, w.back(err)
	}
	return len(edits), nil
}

// change does removals first, since a folder can take the place of a file and a file that of a folder.
func (w *workingTree) change(ctx context.Context, edits []edit, sink progress.Sink) error {
	slices.SortStableFunc(edits, func(a, b edit) int { return min(int(a.is.mode), 1) - min(int(b.is.mode), 1) })
	for i, e := range edits {
		sink.Report(progress.Event{Phase: "apply the changes", Done: int64(i), Total: int64(len(edits)), Unit: "files"})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := w.unchanged(e.path); err != nil {
			return err
		}
		do := w.put
		if e.is.mode == tree.Gone {
			do = w.drop
		}
		if err := do(e); err != nil {
			return fmt.Errorf("%q: %w", e.path, err)
		}
	}
	return nil
}

// unchanged looks whether a path is still as it was surveyed.
func (w *workingTree) unchanged(name string) error {
	was := w.found[name].info
	info, err := w.root.Lstat(name)
	switch {
	case missing(err) && was == nil:
		return nil
	case err != nil && !missing(err):
		return err
	case err != nil, was == nil, !os.SameFile(was, info), was.Size() != info.Size(), was.Mode() != info.Mode(), !was.ModTime().Equal(info.ModTime()):
		return problem.New(problem.Conflict, "%q was changed by somebody else just now", name)
	}
	return nil
}

// back undoes what was done and says how that went.
func (w *workingTree) back(cause error) error {
	var errs []error
	for _, undo := range slices.Backward(w.undo) {
		errs = append(errs, undo())
	}
	if err := errors.Join(errs...); err != nil {
		return problem.New(problem.Conflict, "%w; a part of the changes is in the working tree and could not be taken back: %w", cause, err).
			WithRemedy("apply again once the cause is gone: what is as it should be is left alone; git status shows what is not")
	}
	return fmt.Errorf("%w; the working tree is as it was", cause)
}

// drop removes a file, and the folders that are empty then.
func (w *workingTree) drop(e edit) error {
	if err := w.root.Remove(e.path); err != nil {
		return err
	}
	at := w.found[e.path]
	w.undo = append(w.undo, func() error { return w.place(e.path, at.leaf, at.info) })
	for dir := range above(e.path) {
		if w.needed[dir] {
			return nil
		}
		info, err := w.root.Lstat(dir)
		if err != nil {
			return err
		}
		if err := w.root.Remove(dir); errors.Is(err, syscall.ENOTEMPTY) {
			return nil
		} else if err != nil {
			return err
		}
		w.undo = append(w.undo, func() error { return w.folder(dir, info) })
	}
	return nil
}

// put writes a file or link that is new or another.
func (w *workingTree) put(e edit) error {
	at := w.found[e.path]
	like, err := w.parents(e.path)
	if err != nil {
		return err
	}
	if at.info != nil && at.info.Mode().IsRegular() {
		like = at.info
	}
	if err := w.place(e.path, e.is, like); err != nil {
		return err
	}
	w.undo = append(w.undo, func() error {
		if at.info == nil {
			return w.root.Remove(e.path)
		}
		return w.place(e.path, at.leaf, at.info)
	})
	return nil
}

// parents makes the folders that a path lies in and gives the innermost.
func (w *workingTree) parents(name string) (info fs.FileInfo, err error) {
	dir := path.Dir(name)
	info, err = w.root.Lstat(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return info, err
	}
	like, err := w.parents(dir)
	if err != nil {
		return nil, err
	}
	if err := w.folder(dir, like); err != nil {
		return nil, err
	}
	w.undo = append(w.undo, func() error { return w.root.Remove(dir) })
	return w.root.Lstat(dir)
}
