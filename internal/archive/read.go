package archive

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// chunk is how many bytes are moved at once. What fits into it is read before its size is told.
const chunk = 64 << 10

// file packs an open file and closes it.
func (p *packer) file(name string, f *os.File) error {
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return failed("read", p.full(name), err)
	}
	if !info.Mode().IsRegular() {
		p.LeftOut++ // it was another file when its folder was read
		return nil
	}
	hdr := p.header(name, info)
	hdr.Typeflag = tar.TypeReg
	if p.mode != 0 {
		hdr.Mode = int64(p.mode.Perm())
	}
	begun, err := io.ReadFull(f, p.buf)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		hdr.Size = int64(begun) // that of files in /proc and /sys is made up
	case err != nil:
		return failed("read", p.full(name), err)
	case info.Size() < int64(begun):
		return failed("read", p.full(name), errors.New("its size is not known beforehand; print it with a command instead"))
	default:
		hdr.Size = info.Size()
	}
	if err := p.begin(name, hdr); err != nil {
		return err
	}
	if _, err := p.tar.Write(p.buf[:begun]); err != nil {
		return err
	}
	return p.rest(name, f, int64(begun), hdr.Size)
}

// rest packs a file's bytes from at to end. Those in holes are not read.
func (p *packer) rest(name string, f *os.File, at, end int64) error {
	for at < end {
		data := seek(f, at, unix.SEEK_DATA, end)
		if err := p.zeroes(data - at); err != nil {
			return err
		}
		at = seek(f, data, unix.SEEK_HOLE, end)
		copied, err := io.CopyBuffer(justWriter{p.tar}, io.NewSectionReader(f, data, at-data), p.buf)
		if err != nil {
			return failed("copy", p.full(name), err)
		}
		if data+copied < at {
			return p.shorter(name)
		}
	}
	if info, err := f.Stat(); err != nil || info.Size() < end {
		return p.shorter(name) // what was cut off looked like a hole
	}
	return nil
}

func (p *packer) shorter(name string) error {
	return failed("read", p.full(name), errors.New("it became shorter while it was copied"))
}

// seek finds where data or a hole begins, end at the latest. Where the file system cannot tell, all is data.
func seek(f *os.File, from int64, whence int, end int64) int64 {
	at, err := f.Seek(from, whence)
	switch {
	case err == nil && at >= from:
		return min(at, end)
	case whence == unix.SEEK_DATA && !errors.Is(err, syscall.ENXIO):
		return from
	}
	return end
}

func (p *packer) zeroes(n int64) error {
	for n > 0 {
		part := min(n, chunk)
		if _, err := p.tar.Write(blank[:part]); err != nil {
			return err
		}
		n -= part
	}
	return nil
}

var blank [chunk]byte

// justWriter hides what else a writer can do, so that CopyBuffer uses its buffer.
type justWriter struct{ io.Writer }
