package pid1

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// copyTree copies the folders, files and symbolic links at from to to, with modes, owners and times of change. Other
// kinds of file have no place in a home and are left out. A missing from gives an empty folder.
func copyTree(from, to string) error {
	var dirs []func() error // a folder's time is set after its content
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := to + path[len(from):]
		if err := copyEntry(path, target, d.Type()); err != nil {
			return err
		}
		if d.IsDir() {
			dirs = append(dirs, func() error { return copyAttributes(path, target) })
			return nil
		}
		return copyAttributes(path, target)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return os.Mkdir(to, 0o700)
	}
	for i := len(dirs) - 1; i >= 0 && err == nil; i-- {
		err = dirs[i]()
	}
	return err
}

func copyEntry(from, to string, kind fs.FileMode) error {
	switch kind {
	case fs.ModeDir:
		return os.Mkdir(to, 0o700)
	case fs.ModeSymlink:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case 0:
		return copyFile(from, to)
	}
	return nil
}

// copyFile copies contents and gives the copy its blocks on the disk. ext4 then writes them before
// the transaction that names the file, so that a crash cannot leave it empty; fsync would
// add a flush of the disk, for nothing more.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		const writeOut = unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
		err = unix.SyncFileRange(int(out.Fd()), 0, 0, writeOut)
	}
	return errors.Join(err, out.Close())
}

func copyAttributes(from, to string) error {
	var st unix.Stat_t
	if err := unix.Lstat(from, &st); err != nil {
		return err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFDIR, unix.S_IFLNK:
	default:
		return nil
	}
	if err := unix.Lchown(to, int(st.Uid), int(st.Gid)); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		if err := unix.Chmod(to, st.Mode&0o7777); err != nil {
			return err
		}
	}
	times := []unix.Timespec{st.Atim, st.Mtim}
	return unix.UtimesNanoAt(unix.AT_FDCWD, to, times, unix.AT_SYMLINK_NOFOLLOW)
}
