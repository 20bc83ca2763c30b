package archive

import (
	"archive/tar"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// folder is one whose content is being written. It gets its attributes when that is done: they may forbid to
// write in it, and its time changes until then.
type folder struct {
	name string
	hdr  *tar.Header
	made bool // it was not there before
}

// usable is what a folder is made with whatever its mode.
const usable = 0o700

// mkdir makes a folder, unless there is one.
func mkdir(name string, mode fs.FileMode) (made bool, err error) {
	err = os.Mkdir(name, mode.Perm()|usable)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

func (u *unpacker) folder(name string, hdr *tar.Header) error {
	err := u.root.Mkdir(name, u.mode(hdr).Perm()|usable)
	made := err == nil
	if errors.Is(err, fs.ErrExist) {
		var info fs.FileInfo
		if info, err = u.look(name); err == nil && !info.IsDir() {
			err = errors.New("there is something else than a folder already")
		}
	}
	if err != nil {
		return failed("make the folder", name, err)
	}
	u.Files++
	u.open = append(u.open, folder{name: name, hdr: hdr, made: made})
	return nil
}

// leave finishes the folders that do not hold next.
func (u *unpacker) leave(next string) error {
	for len(u.open) > 0 {
		last := u.open[len(u.open)-1]
		if next != "" && (last.name == "." || next == last.name || strings.HasPrefix(next, last.name+"/")) {
			return nil
		}
		u.open = u.open[:len(u.open)-1]
		if err := u.finish(last); err != nil {
			return failed("set the attributes of", last.name, err)
		}
	}
	return nil
}

func (u *unpacker) finish(f folder) error {
	if u.Preserve {
		return u.preserve(f.name, f.hdr)
	}
	denied := usable &^ u.mode(f.hdr)
	if !f.made || denied == 0 {
		return nil
	}
	info, err := u.root.Lstat(f.name)
	if err == nil {
		err = u.root.Chmod(f.name, info.Mode().Perm()&^denied)
	}
	return err
}

// preserve gives a file or folder the attributes of its entry.
func (u *unpacker) preserve(name string, hdr *tar.Header) error {
	if u.Owners {
		if err := u.root.Lchown(name, hdr.Uid, hdr.Gid); err != nil {
			return err
		}
	}
	if err := u.root.Chmod(name, u.mode(hdr)); err != nil { // after chown, which takes the setuid bit away
		return err
	}
	return u.root.Chtimes(name, hdr.AccessTime, hdr.ModTime)
}
