package workspace

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"banger/internal/tree"
)

// place puts a leaf of the quarantine at a path, whole or not at all. Who may do what with it is as with like: what was there, or
// else the folder.
func (w *workingTree) place(name string, l leaf, like fs.FileInfo) (err error) {
	temp := path.Join(path.Dir(name), ".banger-"+rand.Text())
	defer func() {
		if err != nil {
			if removed := w.root.Remove(temp); !errors.Is(removed, fs.ErrNotExist) {
				err = errors.Join(err, removed)
			}
		}
	}()
	size, content, err := w.store.open(l.sum)
	if err != nil {
		return err
	}
	defer content.Close()
	if l.mode == tree.Link {
		err = w.link(temp, content)
	} else {
		err = w.file(temp, size, content, permissions(l.mode, like.Mode()))
	}
	if err == nil {
		err = w.own(temp, like)
	}
	if err != nil {
		return err
	}
	return w.root.Rename(temp, name)
}

func (w *workingTree) link(name string, content io.Reader) error {
	target, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return w.root.Symlink(string(target), name)
}

func (w *workingTree) file(name string, size int64, content io.Reader, perm fs.FileMode) (err error) {
	f, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if n, err := io.Copy(f, content); err != nil || n != size {
		return fmt.Errorf("write %d bytes: %d: %w", size, n, err)
	}
	return f.Chmod(perm) // whatever the umask
}

// folder makes a folder that is like another.
func (w *workingTree) folder(name string, like fs.FileInfo) error {
	if err := w.root.Mkdir(name, 0o700); err != nil {
		return err
	}
	return errors.Join(w.root.Chmod(name, like.Mode().Perm()), w.own(name, like))
}

// permissions are those of a file that is like another, or as open as a folder. As in git, who may read a program may run it.
func permissions(mode tree.Mode, like fs.FileMode) fs.FileMode {
	perm := like.Perm() &^ 0o111
	if like.IsDir() {
		perm &= 0o666
	}
	if mode == tree.Program {
		perm |= perm >> 2 & 0o111
	}
	return perm
}

// own gives what root has made to the owner of what it is like.
func (w *workingTree) own(name string, like fs.FileInfo) error {
	if stat, ok := like.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		return w.root.Lchown(name, int(stat.Uid), int(stat.Gid))
	}
	return nil
}
