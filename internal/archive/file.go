package archive

import (
	"archive/tar"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
)

// file writes a file whole or not at all.
func (u *unpacker) file(name string, hdr *tar.Header, content io.Reader) error {
	if err := u.replaceable(name); err != nil {
		return failed("write", name, err)
	}
	temp := path.Join(path.Dir(name), ".banger-"+rand.Text())
	f, err := u.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, u.mode(hdr).Perm())
	if err != nil {
		return failed("write", name, err)
	}
	err = errors.Join(fill(f, content, hdr.Size, u.buf), f.Close())
	if err == nil && u.Preserve {
		err = u.preserve(temp, hdr)
	}
	if err == nil {
		err = u.root.Rename(temp, name)
	}
	if err != nil {
		return failed("write", name, errors.Join(err, u.root.Remove(temp)))
	}
	u.Files++
	return nil
}

// replaceable refuses to put a file in the place of anything but a file or a link.
func (u *unpacker) replaceable(name string) error {
	info, err := u.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("there is a folder of that name")
	case !info.Mode().IsRegular() && info.Mode().Type() != fs.ModeSymlink:
		return errors.New("there is a device, pipe or socket of that name")
	}
	return nil
}

// link makes a symbolic or hard link. What it leads to is not looked at.
func (u *unpacker) link(name string, hdr *tar.Header, link func(to, name string) error) error {
	err := u.replaceable(name)
	if err == nil {
		err = u.root.Remove(name)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = link(hdr.Linkname, name)
	}
	if err == nil && u.Preserve && u.Owners {
		err = u.root.Lchown(name, hdr.Uid, hdr.Gid)
	}
	if err != nil {
		return failed("make the link", name, err)
	}
	u.Files++
	return nil
}
