package memfd

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"banger/internal/disk"
)

// Zero makes a file of zeroes, which takes no memory. size is in bytes, name for people who look at /proc.
func Zero(name string, size int64) (*os.File, error) {
	return sealed(name, func(f *os.File) error { return f.Truncate(size) })
}

// Copy makes a copy of a file, whose position stays.
func Copy(ctx context.Context, name string, from *os.File) (*os.File, error) {
	return sealed(name, func(f *os.File) error { return disk.CopySparse(ctx, f, from) })
}

func sealed(name string, fill func(*os.File) error) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), name)
	if err = fill(f); err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("fill the file %s in memory: %w", name, err)
	}
	return f, nil
}
