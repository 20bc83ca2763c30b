package unixsock

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// turn is held by the one Listen that may look at a path and put its socket there:
// without it, two that find the same stale socket would both replace it. It is a
// locked file, removed at the end of the turn; one that a killed process left is used again.
type turn struct{ file *os.File }

// takeTurn waits for the turns of others, each of which takes a few system calls.
func takeTurn(path string) (turn, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
		if err != nil {
			return turn{}, err
		}
		current, err := lock(f)
		if err == nil && current {
			return turn{f}, nil
		}
		f.Close()
		if err != nil {
			return turn{}, err
		}
	}
}

// lock locks f and reports whether it is still the file of that name; the turn
// before may have removed it.
func lock(f *os.File) (current bool, err error) {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return false, os.NewSyscallError("flock", err)
	}
	mine, err := f.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Lstat(f.Name())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(mine, named), err
}

// end removes the file before it unlocks it. What cannot be removed is only litter.
func (t turn) end() {
	os.Remove(t.file.Name())
	t.file.Close()
}
