package workspace

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"banger/internal/tree"
)

// below reads what lies below a folder and never follows a link, so that a repository cannot have a file read that is not its
// own. It keeps the folder open that it read from last: files are to be asked for in the order of their paths. Not for use by several goroutines.
type below struct {
	root *os.File
	dir  string
	at   *os.File // dir; nil after err
	err  error
}

func openBelow(root string) (*below, error) {
	f, err := os.OpenFile(root, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &below{root: f, dir: ".", at: f}, nil
}

// Close lets go of its folders.
func (b *below) Close() error {
	b.leave()
	return b.root.Close()
}

func (b *below) leave() {
	if b.at != nil && b.at != b.root {
		b.at.Close()
	}
}

// enter opens the folder of a file.
func (b *below) enter(dir string) error {
	if dir == b.dir {
		return b.err
	}
	b.leave()
	b.dir, b.at, b.err = dir, b.root, nil
	if dir == "." {
		return nil
	}
	for part := range strings.SplitSeq(dir, "/") {
		next, err := openat(b.at, part, unix.O_DIRECTORY)
		b.leave()
		if b.at, b.err = next, err; err != nil {
			b.at = nil
			return err
		}
	}
	return nil
}

// openat opens a name in a folder. A link is what is not there.
func openat(dir *os.File, name string, flags int) (*os.File, error) {
	for {
		fd, err := unix.Openat(int(dir.Fd()), name, flags|unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, failure("open", name, err)
		}
		return os.NewFile(uintptr(fd), name), nil
	}
}

// failure takes a link or a file in the place of a folder for what is not there, as git does.
func failure(verb, name string, err error) error {
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) {
		err = fs.ErrNotExist
	}
	return &fs.PathError{Op: verb, Path: name, Err: err}
}

// stat is what tells whether a file is still the same.
type stat struct {
	Mode               uint32 // as lstat(2) gives it
	Size, Mtime, Ctime int64  // bytes, nanoseconds since 1970
	Ino                uint64
}

func statOf(st *unix.Stat_t) stat {
	return stat{Mode: st.Mode, Size: st.Size, Mtime: st.Mtim.Nano(), Ctime: st.Ctim.Nano(), Ino: st.Ino}
}

// mode is git's, Gone for what is neither file nor link.
func (s stat) mode() tree.Mode {
	switch {
	case s.Mode&unix.S_IFMT == unix.S_IFLNK:
		return tree.Link
	case s.Mode&unix.S_IFMT != unix.S_IFREG:
		return tree.Gone
	case s.Mode&0o100 != 0:
		return tree.Program
	}
	return tree.File
}

func (s stat) isDir() bool { return s.Mode&unix.S_IFMT == unix.S_IFDIR }

func (b *below) lstat(name string) (stat, error) {
	if err := b.enter(path.Dir(name)); err != nil {
		return stat{}, err
	}
	var st unix.Stat_t
	if err := unix.Fstatat(int(b.at.Fd()), path.Base(name), &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return stat{}, failure("look at", name, err)
	}
	return statOf(&st), nil
}

// open opens a regular file; anything else is opened without waiting for it and is for the caller to see.
func (b *below) open(name string) (*os.File, error) {
	if err := b.enter(path.Dir(name)); err != nil {
		return nil, err
	}
	return openat(b.at, path.Base(name), 0)
}

func (b *below) readlink(name string) (string, error) {
	if err := b.enter(path.Dir(name)); err != nil {
		return "", err
	}
	buf := make([]byte, tree.MaxPath+1)
	n, err := unix.Readlinkat(int(b.at.Fd()), path.Base(name), buf)
	if err != nil {
		return "", failure("read the link", name, err)
	}
	return string(buf[:n]), nil
}

// names lists a folder.
func (b *below) names(dir string) ([]fs.DirEntry, error) {
	if err := b.enter(dir); err != nil {
		return nil, err
	}
	if _, err := b.at.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return b.at.ReadDir(-1)
}

// fstat is stat of an open file.
func fstat(f *os.File) (stat, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return stat{}, &fs.PathError{Op: "look at", Path: f.Name(), Err: err}
	}
	return statOf(&st), nil
}
