package pid1

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// markerFile lies at the root of a writable disk, where users do not get.
const markerFile = ".banger-marker"

// markerSize is a block, in bytes: what O_DIRECT can read.
const markerSize = 4096

// marker is what memory says that a disk holds; nil bytes before the first one was written.
type marker struct{ bytes []byte }

// Mark implements agent.System.
func (m *machine) Mark() error {
	var errs []error
	for _, v := range m.writable {
		if err := v.mark(); err != nil {
			errs = append(errs, fmt.Errorf("mark the %s disk: %w", v.serial, err))
		}
	}
	return errors.Join(errs...)
}

// mark writes a new marker through to the disk.
func (v volume) mark() error {
	fresh := make([]byte, markerSize)
	rand.Read(fresh) // never fails
	f, err := v.open(unix.O_CREAT | unix.O_WRONLY | unix.O_DSYNC)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(fresh, 0)
	if err = errors.Join(err, f.Close()); err == nil {
		v.marker.bytes = fresh
	}
	return err
}

// compare reads the marker from the disk, past the cache, and compares it with memory's. A disk that is not of the moment that
// memory is of would be destroyed without a word.
func (v volume) compare() error {
	if v.marker.bytes == nil {
		return nil
	}
	f, err := v.open(unix.O_RDONLY | unix.O_DIRECT)
	if err != nil {
		return err
	}
	defer f.Close()
	block, err := unix.Mmap(-1, 0, markerSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON) // aligned
	if err != nil {
		return err
	}
	defer unix.Munmap(block)
	if _, err := f.ReadAt(block, 0); err != nil {
		return err
	}
	if !bytes.Equal(block, v.marker.bytes) {
		return fmt.Errorf("the %s disk is not the one that the guest's memory knows", v.serial)
	}
	return nil
}

func (v volume) open(flags int) (*os.File, error) {
	fd, err := unix.Openat(int(v.top.Fd()), markerFile, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: markerFile, Err: err}
	}
	return os.NewFile(uintptr(fd), markerFile), nil
}
