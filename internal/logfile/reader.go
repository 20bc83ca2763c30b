package logfile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Reader reads a log that is written by this process or another.
type Reader struct {
	path    string
	changes *os.File // inotify on the log's folder; nil unless it is to be followed
	older   *os.File // nil when there is none
	newer   *os.File // nil while there is none
}

// OpenReader opens the log at path; one that is not there yet is empty. follow says that
// Follow will be called.
func OpenReader(path string, follow bool) (*Reader, error) {
	l := &Reader{path: path}
	var err error
	if follow {
		if l.changes, err = watchFolder(filepath.Dir(path)); err != nil {
			return nil, err
		}
	}
	if l.newer, err = openFile(path); err == nil {
		l.older, err = openFile(path + Previous)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	if sameFile(l.older, l.newer) { // it was rotated between the two
		l.newer.Close()
		l.newer, err = openFile(path)
	}
	return l, err
}

// Close closes the reader's files.
func (l *Reader) Close() {
	for _, f := range []*os.File{l.changes, l.older, l.newer} {
		if f != nil {
			f.Close()
		}
	}
}

// Tail writes to w the last lines of those that filter lets through; an unfinished one counts. Both files are then read to
// their end. filter makes a writer that passes on what it wants of the log; it is called twice.
func (l *Reader) Tail(w io.Writer, lines int, filter func(io.Writer) io.Writer) error {
	var count counter
	if err := l.copyAll(filter(&count)); err != nil {
		return err
	}
	return l.copyAll(filter(&skipper{w: w, lines: max(0, count.lines()-lines)}))
}

// Whole is a filter of Tail that lets everything through.
func Whole(w io.Writer) io.Writer { return w }

// copyAll copies both files from the start.
func (l *Reader) copyAll(w io.Writer) error {
	for _, f := range []*os.File{l.older, l.newer} {
		if f == nil {
			continue
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(w, f); err != nil {
			return err
		}
	}
	return nil
}

// Follow writes what is added after Tail has returned, until ended is closed or ctx ends.
func (l *Reader) Follow(ctx context.Context, w io.Writer, ended <-chan struct{}) error {
	over := make(chan struct{})
	defer close(over)
	go func() { // a deadline in the past ends the wait for a change
		select {
		case <-ended:
		case <-ctx.Done():
		case <-over:
			return
		}
		l.changes.SetReadDeadline(time.Unix(1, 0))
	}()
	for {
		if err := l.copyNew(w); err != nil {
			return err
		}
		_, err := l.changes.Read(make([]byte, 4096))
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return l.copyNew(w)
		case err != nil:
			return err
		}
	}
}

// copyNew writes what was added, over any number of rotations but the last two.
func (l *Reader) copyNew(w io.Writer) error {
	for {
		if l.newer != nil {
			if _, err := io.Copy(w, l.newer); err != nil {
				return err
			}
		}
		next, err := openFile(l.path)
		if err != nil || next == nil {
			return err
		}
		if sameFile(next, l.newer) {
			return next.Close()
		}
		if l.newer != nil {
			_, err = io.Copy(w, l.newer) // what came between the last look and the rotation
			l.newer.Close()
		}
		if l.newer = next; err != nil {
			return err
		}
	}
}

func watchFolder(dir string) (*os.File, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	f := os.NewFile(uintptr(fd), "inotify")
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_MODIFY|unix.IN_CREATE|unix.IN_MOVED_TO); err != nil {
		f.Close()
		return nil, os.NewSyscallError("inotify_add_watch", err)
	}
	return f, nil
}

// openFile gives nil when there is no file.
func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return f, err
}

func sameFile(a, b *os.File) bool {
	if a == nil || b == nil {
		return false
	}
	one, err := a.Stat()
	two, err2 := b.Stat()
	return err == nil && err2 == nil && os.SameFile(one, two)
}

// counter counts lines.
type counter struct {
	ends int
	last byte
}

// Write satisfies io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	if len(p) > 0 {
		c.ends += bytes.Count(p, []byte("\n"))
		c.last = p[len(p)-1]
	}
	return len(p), nil
}

func (c *counter) lines() int {
	if c.last != 0 && c.last != '\n' {
		return c.ends + 1
	}
	return c.ends
}

// skipper drops the first lines of what is written to it.
type skipper struct {
	w     io.Writer
	lines int
}

// Write satisfies io.Writer.
func (s *skipper) Write(p []byte) (int, error) {
	rest := p
	for s.lines > 0 {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		rest = rest[i+1:]
		s.lines--
	}
	if len(rest) > 0 {
		if _, err := s.w.Write(rest); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
