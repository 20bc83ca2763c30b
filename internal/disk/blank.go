package disk

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"banger/internal/problem"
)

// MaxGrow is the size in bytes up to which a Blank can be grown while mounted;
// it is also the largest disk that banger makes.
const MaxGrow = 128 << 30

const blockSize = 4096

// Blank makes an empty ext4 file system of size bytes at path, owned by root in
// the guest. Its inode tables and journal are not zeroed here (the holes of the
// file are zeroes already), so it takes about 4 MiB whatever its size.
func Blank(ctx context.Context, path string, size int64) error {
	mke2fs, err := Mke2fs()
	if err != nil {
		return err
	}
	err = stage(path, func(f *os.File) error {
		if err := f.Truncate(size); err != nil {
			return err
		}
		return format(ctx, mke2fs, f.Name(), size)
	})
	if err != nil {
		return fmt.Errorf("create disk %s: %w", path, err)
	}
	return nil
}

func format(ctx context.Context, mke2fs, file string, size int64) error {
	// nodiscard: the file is one hole already. resize: room in the descriptor
	// table for growth, which mke2fs would else reserve for 1024 times the size.
	extended := "nodiscard,lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0"
	if size < MaxGrow {
		extended += fmt.Sprintf(",resize=%d", MaxGrow/blockSize)
	}
	cmd := exec.CommandContext(ctx, mke2fs, "-q", "-F", "-t", "ext4",
		"-b", fmt.Sprint(blockSize), "-m", "0", "-E", extended, file)
	cmd.Env = []string{"LC_ALL=C"}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return mke2fsError(stderr.String(), err)
	}
	return nil
}

// mke2fsError gives back what mke2fs printed, which is all it says about a cause.
func mke2fsError(stderr string, err error) error {
	said := strings.Join(strings.Fields(stderr), " ")
	if said == "" {
		return fmt.Errorf("mke2fs ended without a word: %w", err)
	}
	if strings.Contains(said, syscall.ENOSPC.Error()) || strings.Contains(said, "No space left on device") {
		return fmt.Errorf("%s: %w", said, syscall.ENOSPC)
	}
	return fmt.Errorf("%s", said)
}

// Mke2fs finds the program that makes ext4 file systems, which a plain user's
// PATH often misses. Not finding it is a problem.Unavailable.
func Mke2fs() (string, error) {
	for _, name := range []string{"mke2fs", "/usr/sbin/mke2fs", "/sbin/mke2fs"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", problem.New(problem.Unavailable, "mke2fs is not installed").
		WithRemedy("install the package e2fsprogs")
}
