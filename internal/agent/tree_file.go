package agent

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"banger/internal/tree"
)

// modeOf is git's for a file as it lies on the disk. What git has no mode for, which includes folders, is as good as Gone.
func modeOf(st unix.Stat_t) tree.Mode {
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFLNK:
		return tree.Link
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return tree.Gone
	case st.Mode&unix.S_IXUSR != 0:
		return tree.Program
	}
	return tree.File
}

// entryOf is path as it is now, without a sum.
func entryOf(path string, st unix.Stat_t) tree.Entry {
	e := tree.Entry{Path: path, Mode: modeOf(st)}
	if e.Mode != tree.Gone {
		e.Size, e.Time = st.Size, st.Mtim.Nano()
	}
	return e
}

// errShrunk is a file that got shorter while it was read.
var errShrunk = errors.New("it got shorter while it was read")

// reader reads files of a tree.
type reader struct {
	ctx context.Context // ends with the host
	way *way
	buf []byte
}

const readBuffer = 128 << 10

// read gives the content of path to to, of just the size that begin was told before. A path that is no file or link any more is Gone.
func (r *reader) read(path string, begin func(tree.Entry) (io.Writer, error)) error {
	st, err := r.way.look(path)
	if missing(err) {
		_, err = begin(tree.Entry{Path: path})
		return err
	}
	if err != nil {
		return fmt.Errorf("look at %q: %w", path, err)
	}
	e := entryOf(path, st)
	switch e.Mode {
	case tree.Gone:
		_, err = begin(e)
	case tree.Link:
		err = r.link(path, begin)
	default:
		err = r.file(path, begin)
	}
	if err != nil {
		return fmt.Errorf("read %q: %w", path, err)
	}
	return nil
}

// place is where path lies. The way is there already.
func (r *reader) place(path string) (parent int, name string) {
	_, name = split(path)
	return r.way.steps[len(r.way.steps)-1].fd, name
}

func (r *reader) link(path string, begin func(tree.Entry) (io.Writer, error)) error {
	parent, name := r.place(path)
	target := make([]byte, tree.MaxPath)
	n, err := unix.Readlinkat(parent, name, target)
	var st unix.Stat_t
	if err == nil {
		err = unix.Fstatat(parent, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err != nil {
		return err
	}
	st.Size = int64(n) // of what was read, should it have been replaced since
	st.Mode = unix.S_IFLNK
	out, err := begin(entryOf(path, st))
	if err == nil {
		_, err = out.Write(target[:n])
	}
	return err
}

func (r *reader) file(path string, begin func(tree.Entry) (io.Writer, error)) error {
	parent, name := r.place(path)
	fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if missing(err) { // since it was looked at
		_, err = begin(tree.Entry{Path: path})
		return err
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	e := entryOf(path, st)
	out, err := begin(e)
	if err != nil {
		return err
	}
	for left := e.Size; left > 0; {
		n, err := unix.Read(fd, r.buf[:min(left, int64(len(r.buf)))])
		switch {
		case err != nil:
			return err
		case n == 0:
			return errShrunk
		case r.ctx.Err() != nil:
			return r.ctx.Err()
		}
		left -= int64(n)
		if _, err := out.Write(r.buf[:n]); err != nil {
			return err
		}
	}
	return nil
}
