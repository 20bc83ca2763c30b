package workspace

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"banger/internal/problem"
	"banger/internal/tree"
)

// The limits of ignore files. A pattern can be made to take for ever.
const (
	maxIgnoreFile  = 1 << 20 // bytes
	maxIgnoreFiles = 16 << 20
	ignoreTime     = time.Minute
)

// withoutIgnored drops new files that the workspace's ignore files name, as those are in the guest now, unless
// the guest's own git has done so.
func (d Dir) withoutIgnored(ctx context.Context, g Guest, guestPath string, l listing) (found []tree.Entry, err error) {
	if !l.state.Walked {
		return l.found, nil
	}
	base, err := leaves(ctx, d.git(), l.base.Tree)
	if err != nil {
		return nil, err
	}
	var added []string
	for _, e := range l.found {
		if base[e.Path].mode == tree.Gone {
			added = append(added, e.Path)
		}
	}
	if len(added) == 0 {
		return l.found, nil
	}
	dir, err := d.scratch()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := l.base.writeExcludes(ctx, dir); err != nil {
		return nil, err
	}
	if err := fetchIgnoreFiles(ctx, g, guestPath, ignoreFiles(l, base), dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, ignoreTime, problem.New(problem.Timeout, "the ignore files in the guest take more than %v to apply", ignoreTime).
		WithRemedy("look at their patterns, or let the guest decide by a git of its own: apt-get install git"))
	defer cancel()
	bare := filepath.Join(dir, ".git")
	if err := initBare(bare, 20); err != nil {
		return nil, err
	}
	ignored, err := ignoredOf(ctx, git{dir: dir, env: []string{"GIT_DIR=" + bare, "GIT_WORK_TREE=" + dir}}, added)
	return slices.DeleteFunc(slices.Clone(l.found), func(e tree.Entry) bool { return ignored[e.Path] }), err
}

// ignoreFiles are the names of those that are in the guest.
func ignoreFiles(l listing, base map[string]leaf) (names []string) {
	name := ".gitignore"
	if !l.base.Git {
		name = ignoreFile
	}
	is := map[string]tree.Mode{}
	for path, leaf := range base {
		if filepath.Base(path) == name {
			is[path] = leaf.mode
		}
	}
	for _, e := range l.found {
		if filepath.Base(e.Path) == name {
			is[e.Path] = e.Mode
		}
	}
	for path, mode := range is {
		if mode == tree.File || mode == tree.Program {
			names = append(names, path)
		}
	}
	slices.Sort(names)
	return names
}

// writeExcludes puts what the user ignores everywhere, or in this repository only, to where the uppermost ignore file will be.
func (b Base) writeExcludes(ctx context.Context, dir string) error {
	r := b.repository()
	if _, err := os.Stat(r.git); !b.Git || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := r.look(ctx); err != nil {
		return err
	}
	c, err := r.configure(ctx)
	if err != nil {
		return err
	}
	exclude, _ := (&Plan{repository: r, configured: c}).excludes()
	return os.WriteFile(filepath.Join(dir, ignoreFile), []byte(exclude), 0o600)
}

// fetchIgnoreFiles adds them below dir, by the name that ignoredOf looks for.
func fetchIgnoreFiles(ctx context.Context, g Guest, guestPath string, names []string, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	room := int64(maxIgnoreFiles)
	return get(ctx, g, guestPath, names, func(e tree.Entry, content io.Reader) error {
		if e.Mode != tree.File && e.Mode != tree.Program {
			return nil
		}
		if room -= e.Size; e.Size > maxIgnoreFile || room < 0 {
			return problem.New(problem.GuestFailed, "the ignore files in the guest are too large: %q has %d bytes", e.Path, e.Size)
		}
		text, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		if err := root.MkdirAll(path.Dir(e.Path), 0o700); err != nil {
			return err
		}
		return appendTo(root, path.Join(path.Dir(e.Path), ignoreFile), text)
	})
}

func appendTo(root *os.Root, name string, text []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
