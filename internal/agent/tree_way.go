package agent

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// way holds the folders from the top of a tree to some place in it open, so that one system call is enough for a neighbour. It
// follows no link below the top.
type way struct {
	steps []step // the top is the first
	dir   string // the last step's path; the top's is empty
	// enter opens the folder dir, which is called name in parent, as openFolder does. leave, if set, is told before one is closed.
	enter func(parent int, dir, name string) (int, error)
	leave func(fd int, dir string)
}

type step struct {
	fd  int
	end int // dir[:end] is its path
}

func openWay(top string) (*way, error) {
	fd, err := unix.Open(top, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the folder %q: %w", top, err)
	}
	enter := func(parent int, _, name string) (int, error) { return openFolder(parent, name) }
	return &way{steps: []step{{fd: fd}}, enter: enter}, nil
}

// openFolder opens a folder for what *at calls need.
func openFolder(parent int, name string) (int, error) {
	return unix.Openat(parent, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

// missing reports whether openFolder found no folder. Only with ENOENT there is nothing at all.
func missing(err error) bool { return err == unix.ENOENT || err == unix.ENOTDIR || err == unix.ELOOP }

// to goes to the folder dir and gives its descriptor, which stays the way's.
func (w *way) to(dir string) (int, error) {
	for w.dir != "" && !inside(dir, w.dir) {
		w.back()
	}
	for {
		last := w.steps[len(w.steps)-1]
		if last.end == len(dir) {
			return last.fd, nil
		}
		from := last.end
		if from > 0 {
			from++ // the slash
		}
		name, _, _ := strings.Cut(dir[from:], "/")
		path := dir[:from+len(name)]
		fd, err := w.enter(last.fd, path, name)
		if err != nil {
			return -1, err
		}
		w.steps, w.dir = append(w.steps, step{fd, len(path)}), path
	}
}

// look goes to what path names and looks at it.
func (w *way) look(path string) (st unix.Stat_t, err error) {
	dir, name := split(path)
	parent, err := w.to(dir)
	if err == nil {
		err = unix.Fstatat(parent, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	}
	return st, err
}

// back leaves the last folder.
func (w *way) back() {
	last := w.steps[len(w.steps)-1]
	if w.leave != nil {
		w.leave(last.fd, w.dir)
	}
	unix.Close(last.fd)
	w.steps = w.steps[:len(w.steps)-1]
	if len(w.steps) > 0 {
		w.dir = w.dir[:w.steps[len(w.steps)-1].end]
	}
}

func (w *way) close() {
	for len(w.steps) > 0 {
		w.back()
	}
}

// inside reports whether path is dir or in it.
func inside(path, dir string) bool {
	return strings.HasPrefix(path, dir) && (len(path) == len(dir) || path[len(dir)] == '/')
}

func split(path string) (dir, name string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}
