package agent

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/guestlink"
	"banger/internal/tree"
)

// gitFolder is git's own in a workspace, and what it has in a submodule.
const gitFolder = ".git"

// gitLimit bounds one call of git. It reads an index and the names of all files.
const gitLimit = 2 * time.Minute

// lister finds the files of a workspace that nobody has written.
type lister struct {
	*Agent
	ctx      context.Context
	way      *way
	top      string // the workspace's path
	rec      *record
	suspects map[string]bool
	found    []tree.Entry
	bytes    int  // of their names
	walked   bool // git was no help
}

// head is the commit that the repository is at, if there is git to say so.
func (l *lister) head() string {
	if !l.hasGit("") {
		return ""
	}
	out, err := l.git("", nil, "rev-parse", "-q", "--verify", "HEAD^{commit}")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(out)
}

// all are the files that are not in the record, each once.
func (l *lister) all() ([]tree.Entry, error) {
	if err := l.list(""); err != nil {
		return nil, err
	}
	slices.SortFunc(l.found, func(a, b tree.Entry) int { return cmp.Compare(a.Path, b.Path) })
	return slices.CompactFunc(l.found, func(a, b tree.Entry) bool { return a.Path == b.Path }), nil
}

// list asks git for the files in a repository at dir, or in a submodule there. It walks where git is no help.
func (l *lister) list(dir string) error {
	names, err := l.gitNames(dir)
	if l.ctx.Err() != nil {
		return l.ctx.Err()
	}
	if err != nil {
		l.walked = l.walked || dir == ""
		return l.walk(dir)
	}
	for line := range strings.SplitSeq(names, "\x00") {
		name, repository := nameIn(line)
		if name == "" {
			continue
		}
		if err := l.add(path.Join(dir, name), repository); err != nil {
			return err
		}
	}
	return nil
}

// nameIn is the name in a line of git's: "? NAME" of a file that is not tracked, or "H MODE SUM STAGE<TAB>NAME" of one
// that is, with some other letter at times. repository says that it is one within the repository, if it is a folder.
func nameIn(line string) (name string, repository bool) {
	if name, ok := strings.CutPrefix(line, "? "); ok {
		return name, strings.HasSuffix(name, "/")
	}
	about, name, _ := strings.Cut(line, "\t")
	return name, strings.Contains(about, " 160000 ")
}

// gitNames are the lines of files that git tracks or does not ignore, each ended by a zero byte.
func (l *lister) gitNames(dir string) (string, error) {
	var env []string
	if !l.hasGit(dir) {
		if dir == "" {
			return "", errNoGit
		}
		// A submodule that has come as plain files: to be ignored is what it says itself, and nothing is tracked.
		git := filepath.Join(l.top, gitFolder)
		env = []string{"GIT_DIR=" + git, "GIT_WORK_TREE=.", "GIT_INDEX_FILE=" + filepath.Join(git, "no-index")}
	}
	return l.git(dir, env, "ls-files", "-z", "-t", "-s", "-o", "--exclude-standard")
}

// git runs the guest's git at dir. It writes nothing, and looks for no repository above.
func (l *lister) git(dir string, env []string, args ...string) (string, error) {
	at := filepath.Join(l.top, dir)
	return l.output(l.ctx, gitLimit, guestlink.Exec{
		Args: append([]string{"git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false"}, args...),
		Env:  append(env, "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_CEILING_DIRECTORIES="+filepath.Dir(at)),
		Dir:  at,
	})
}

// walk finds everything in dir but what is in a .git.
func (l *lister) walk(dir string) error {
	entries, err := l.entries(dir)
	if missing(err) {
		return nil // since it was found
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case e.Name() == gitFolder:
		case e.IsDir():
			err = l.walk(name)
		default:
			err = l.add(name, false)
		}
		if err != nil {
			return err
		}
	}
	return l.ctx.Err()
}

func (l *lister) entries(dir string) ([]os.DirEntry, error) {
	parent, err := l.way.to(dir)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Openat(parent, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), filepath.Join(l.top, dir))
	defer f.Close()
	return f.ReadDir(-1)
}

// hasGit reports whether there is a repository in dir, or what could be one. In the place of a tracked file git says nothing of it.
func (l *lister) hasGit(dir string) bool {
	_, err := l.way.look(path.Join(dir, gitFolder))
	return err == nil
}

// add takes name for a file that nobody has written if it is one, and what is in it if it is a repository.
func (l *lister) add(name string, repository bool) error {
	k, ok := l.rec.find(name)
	written := ok && !k.Aside
	if written && !l.suspects[name] {
		return nil
	}
	st, err := l.way.look(name)
	if missing(err) {
		return nil
	}
	if err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR {
		if repository || l.hasGit(name) { // git lists the files of all other folders
			return l.list(name)
		}
		return nil
	}
	if err != nil || written || modeOf(st) == tree.Gone {
		return err
	}
	if l.bytes += len(name); l.bytes > maxNameBytes || len(l.found) >= maxNames {
		return errTooMany
	}
	l.found = append(l.found, entryOf(name, st))
	return nil
}

var (
	errNoGit   = errors.New("there is no repository")
	errTooMany = errors.New("there are too many new files to tell of; let .gitignore name those that are of no interest")
)
