package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"banger/internal/problem"
)

// Clone copies the disk src to dst, which only its owner may read or write then.
// Blocks are shared where the host's file system can (btrfs, XFS); elsewhere the
// data is copied and the holes, also those that are zeroes on the disk, stay holes. Nobody
// may write to src meanwhile.
func Clone(ctx context.Context, src, dst string) error {
	err := stage(dst, func(to *os.File) error { return fill(ctx, to, src) })
	return told(err, src, dst)
}

// CloneUnsynced is Clone to a file that must not be there, in a folder that the caller
// throws away when anything fails, and syncs (Sync) before it relies on it.
func CloneUnsynced(ctx context.Context, src, dst string) error {
	to, err := os.OpenFile(dst, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(fill(ctx, to, src), to.Close())
	}
	return told(full(err, filepath.Dir(dst)), src, dst)
}

func fill(ctx context.Context, to *os.File, src string) error {
	from, err := os.Open(src)
	if err != nil {
		return err
	}
	defer from.Close()
	if unix.IoctlFileClone(int(to.Fd()), int(from.Fd())) == nil {
		return nil
	}
	info, err := from.Stat()
	if err == nil {
		err = to.Truncate(info.Size())
	}
	if err == nil {
		err = keepsHoles(to)
	}
	if err != nil {
		return err
	}
	return CopySparse(ctx, to, from)
}

// keepsHoles refuses a file of nothing but a hole that takes room all the same: a copy would take the whole
// nominal size of the disk.
func keepsHoles(f *os.File) error {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	return holesIn(st.Size, st.Blocks*512)
}

func holesIn(size, allocated int64) error {
	const slack = 1 << 20 // what a file system may want for itself
	if allocated <= slack || allocated < size/2 {
		return nil
	}
	return problem.New(problem.Unavailable, "the file system keeps no holes in files: a copy would take all of the disk's %d MiB", size>>20).
		WithRemedy("put banger's state on ext4, XFS, btrfs or a tmpfs: BANGER_STATE_DIR names the folder")
}

func told(err error, src, dst string) error {
	if err != nil {
		return fmt.Errorf("copy disk %s to %s: %w", src, dst, err)
	}
	return nil
}

// CopySparse copies all of from to the empty file to, with its holes; zeroes become holes, too. The
// position of from is left anywhere.
func CopySparse(ctx context.Context, to, from *os.File) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	out, buffer := newSparseFile(to, info.Size()), make([]byte, 1<<20)
	for start, end := int64(0), int64(0); ; {
		if start, end, err = nextData(from, end, info.Size()); err != nil {
			return err
		}
		if start == info.Size() {
			return to.Truncate(start)
		}
		if _, err := out.Seek(start, io.SeekStart); err != nil {
			return err
		}
		extent := contextReader{ctx, io.NewSectionReader(from, start, end-start)}
		if _, err := io.CopyBuffer(out, extent, buffer); err != nil {
			return err
		}
	}
}

// nextData is the next stretch of data at or after off; both are size when there is none.
func nextData(f *os.File, off, size int64) (start, end int64, err error) {
	start, err = f.Seek(off, unix.SEEK_DATA)
	if errors.Is(err, syscall.ENXIO) {
		return size, size, nil
	}
	if err != nil {
		return 0, 0, err
	}
	end, err = f.Seek(start, unix.SEEK_HOLE)
	return start, end, err
}

// Allocated is the number of bytes that a disk really takes.
func Allocated(path string) (int64, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return 0, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return st.Blocks * 512, nil // st_blocks counts 512-byte units, see stat(3type)
}
