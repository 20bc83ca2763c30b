package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"banger/internal/problem"
)

// installed are files that have been added to a repository.
type installed []string

func (i installed) remove() error {
	var errs []error
	for _, path := range i {
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}

// install has this host's git pack just what the new commits need, and adds that to the user's objects.
func (c *commits) install(ctx context.Context) (added installed, err error) {
	out := filepath.Join(c.repository, "packs")
	if err := os.Mkdir(out, 0o700); err != nil {
		return nil, err
	}
	pack := c.git()
	pack.stdin = strings.NewReader(strings.Join(c.span(), "\n") + "\n")
	names, err := pack.run(ctx, "pack-objects", "--revs", "--non-empty", "-q", filepath.Join(out, "pack"))
	if err != nil {
		return nil, problem.New(problem.GuestFailed, "the guest's commits are not complete: %w", err)
	}
	for _, name := range strings.Fields(names) {
		for _, end := range []string{".pack", ".idx"} { // git takes a pack for there once its index is
			file := "pack-" + name + end
			err := addFile(ctx, filepath.Join(out, file), filepath.Join(c.user, "pack", file))
			if errors.Is(err, fs.ErrExist) {
				continue
			}
			if err != nil {
				return added, fmt.Errorf("add to the repository's objects: %w", err)
			}
			added = append(installed{filepath.Join(c.user, "pack", file)}, added...)
		}
	}
	return added, nil
}

// addFile copies a file of a repository to a place where there is none, whole or not at all. The temporary name is one that git gc knows.
func addFile(ctx context.Context, from, to string) (err error) {
	if _, err := os.Lstat(to); err == nil {
		return fs.ErrExist
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	temp, err := os.CreateTemp(filepath.Dir(to), "tmp_pack_")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, err = io.Copy(temp, in)
	if err = errors.Join(err, context.Cause(ctx), temp.Chmod(0o444), ownLikeFolder(temp), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), to)
}

// ownLikeFolder gives what root has made to the owner of the folder that it is in.
func ownLikeFolder(f *os.File) error {
	info, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	stat := info.Sys().(*syscall.Stat_t)
	return f.Chown(int(stat.Uid), int(stat.Gid))
}
