package agent

import (
	"crypto/rand"
	"errors"
	"io"

	"golang.org/x/sys/unix"

	"banger/internal/tree"
)

// errOccupied is a folder that is not empty in the place of a file.
var errOccupied = errors.New("a folder is in the way")

// file writes a file. One that is there is replaced at once, by a whole one; a new one is written in its place, which takes fewer system calls.
func (p *putter) file(parent int, name string, e tree.Entry) (st unix.Stat_t, err error) {
	perm, at := uint32(e.Mode)&0o777, name
	fd, err := create(parent, at, perm)
	if err == unix.EEXIST {
		at = tempName()
		fd, err = create(parent, at, perm)
	}
	if err != nil {
		return st, err
	}
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	err = p.fill(fd, e.Size)
	if err == nil {
		err = setTime(parent, at, e.Time)
	}
	if err == nil {
		err = p.place(parent, at, name, e.Path)
	}
	if err != nil {
		unix.Unlinkat(parent, at, 0)
		return st, err
	}
	err = settle(fd, perm, &st)
	return st, err
}

func create(parent int, name string, perm uint32) (int, error) {
	return unix.Openat(parent, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, perm)
}

func tempName() string { return ".banger-" + rand.Text() }

// fill writes size bytes of the stream.
func (p *putter) fill(fd int, size int64) error {
	for size > 0 {
		part := p.buf[:min(size, int64(len(p.buf)))]
		if _, err := io.ReadFull(p.in, part); err != nil {
			return err
		}
		size -= int64(len(part))
		for len(part) > 0 {
			n, err := unix.Write(fd, part)
			if err != nil {
				return err
			}
			part = part[n:]
		}
	}
	return nil
}

// setTime gives a file the time of its entry.
func setTime(parent int, name string, time int64) error {
	if time == 0 {
		return nil
	}
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, unix.NsecToTimespec(time)}
	return unix.UtimesNanoAt(parent, name, times, unix.AT_SYMLINK_NOFOLLOW)
}

// place moves what is called at to its name.
func (p *putter) place(parent int, at, name, path string) error {
	if at == name {
		return nil
	}
	err := unix.Renameat(parent, at, parent, name)
	if err != unix.EISDIR {
		return err
	}
	switch err := unix.Unlinkat(parent, name, unix.AT_REMOVEDIR); err {
	case nil:
		p.forget(path)
		return unix.Renameat(parent, at, parent, name)
	case unix.ENOTEMPTY:
		return errOccupied
	default:
		return err
	}
}

// settle looks at a file that is complete, and sets its permissions if the umask has spoilt them.
func settle(fd int, perm uint32, st *unix.Stat_t) error {
	err := unix.Fstat(fd, st)
	if err != nil || st.Mode&0o7777 == perm {
		return err
	}
	if err := unix.Fchmod(fd, perm); err != nil {
		return err
	}
	return unix.Fstat(fd, st)
}

// link makes a symbolic link.
func (p *putter) link(parent int, name string, e tree.Entry) (st unix.Stat_t, err error) {
	target := make([]byte, e.Size)
	if _, err := io.ReadFull(p.in, target); err != nil {
		return st, err
	}
	at := name
	err = unix.Symlinkat(string(target), parent, at)
	if err == unix.EEXIST {
		at = tempName()
		err = unix.Symlinkat(string(target), parent, at)
	}
	if err != nil {
		return st, err
	}
	if err = setTime(parent, at, e.Time); err == nil {
		err = p.place(parent, at, name, e.Path)
	}
	if err != nil {
		unix.Unlinkat(parent, at, 0)
		return st, err
	}
	err = unix.Fstatat(parent, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	return st, err
}
