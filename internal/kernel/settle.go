package kernel

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// placing is how a folder that is whole comes to its place.
type placing struct {
	made, dir string
	replace   bool        // what is at dir may go where made was; otherwise it stays, and the name is taken
	whole     os.FileInfo // of made, wherever it is by now; nil before
	exchanged bool        // something was at dir
	final     bool        // what was there is being removed: there is no way back to it
}

// settle moves made to dir in one step.
func (p *placing) settle(context.Context) (err error) {
	if p.whole, err = os.Lstat(p.made); err != nil {
		return err
	}
	flag := uint(unix.RENAME_NOREPLACE)
	if _, err := os.Lstat(p.dir); p.replace && err == nil {
		flag, p.exchanged = unix.RENAME_EXCHANGE, true
	}
	err = unix.Renameat2(unix.AT_FDCWD, p.made, unix.AT_FDCWD, p.dir, flag)
	switch {
	case errors.Is(err, fs.ErrExist):
		return taken(filepath.Base(p.dir))
	case err != nil:
		return &os.LinkError{Op: "rename", Old: p.made, New: p.dir, Err: err}
	}
	return syncPath(filepath.Dir(p.dir))
}

// undo brings back what was there, if anything was and can be. A kernel that has replaced one that is being removed stays: it is whole.
func (p *placing) undo(ctx context.Context) error {
	switch there, err := p.there(ctx); {
	case err != nil || !there:
		return err
	case p.exchanged:
		return unix.Renameat2(unix.AT_FDCWD, p.made, unix.AT_FDCWD, p.dir, unix.RENAME_EXCHANGE)
	}
	return os.RemoveAll(p.dir)
}

// there reports whether what was made is at its place, and could be taken back from there.
func (p *placing) there(context.Context) (bool, error) {
	if p.whole == nil || p.exchanged && p.final {
		return false, nil
	}
	now, err := os.Lstat(p.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(now, p.whole), err
}
