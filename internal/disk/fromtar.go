package disk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/Microsoft/hcsshim/ext4/tar2ext4"

	"banger/internal/problem"
)

// FromTar makes a read-only ext4 file system of at most maxBytes at path (mode 0444) out of the
// tar stream r: owners, modes, times, hard links, devices and extended attributes
// included. It reads r up to the end of the archive. An archive that is broken, empty, or has what no file
// system should be made of is a problem.Invalid; one that needs more than maxBytes
// is a problem.Exhausted.
//
// When ctx ends, r is read no further; a Read that waits is interrupted
// if r has SetReadDeadline, as pipes and sockets have.
func FromTar(ctx context.Context, r io.Reader, path string, maxBytes int64) error {
	if d, ok := r.(interface{ SetReadDeadline(time.Time) error }); ok {
		defer context.AfterFunc(ctx, func() { _ = d.SetReadDeadline(time.Now()) })()
	}
	err := stage(path, func(f *os.File) error {
		out := newSparseFile(f, maxBytes)
		if err := convert(ctx, r, out, maxBytes); err != nil {
			return err
		}
		if err := f.Truncate(out.end); err != nil {
			return err
		}
		return f.Chmod(0o444)
	})
	if err != nil {
		return fmt.Errorf("make file system %s: %w", path, err)
	}
	return nil
}

// convert runs the archive through the checker and the library at once, because
// the library asks too little: it puts "../../x" at the root, and makes a regular file of
// every type it does not know.
func convert(ctx context.Context, r io.Reader, out *sparseFile, maxBytes int64) error {
	source := &source{ctx: ctx, r: r}
	toCheck, fromLibrary := io.Pipe()
	checked := make(chan error, 1)
	go func() {
		err := check(toCheck, maxBytes)
		if err == nil {
			_, err = io.Copy(io.Discard, toCheck) // padding after the end of the archive
		}
		toCheck.CloseWithError(err)
		checked <- err
	}()
	// The library takes a large enough bufio.Reader as it is. Its own limit also sizes the
	// descriptor table; ours, in out, is met first.
	in := bufio.NewReaderSize(io.TeeReader(source, fromLibrary), 1<<20)
	err := tar2ext4.ConvertTarToExt4(in, out, tar2ext4.MaximumDiskSize(2*maxBytes))
	fromLibrary.CloseWithError(err)
	return verdict(source.err, <-checked, out.err, err, maxBytes)
}

// verdict chooses the error that is the cause of the others.
func verdict(read, checked, written, converted error, maxBytes int64) error {
	_, refused := errors.AsType[*problem.Error](checked)
	switch {
	case errors.Is(written, errLimit), errors.Is(checked, errLimit):
		return problem.New(problem.Exhausted, "the archive's files need more than the limit of %d MiB", maxBytes>>20)
	case read != nil:
		return fmt.Errorf("read the archive: %w", read)
	case refused:
		return checked
	case written != nil:
		return written
	case converted != nil:
		return problem.New(problem.Invalid, "the archive is not usable: %s", printable(converted.Error()))
	}
	return checked
}

// source is the archive as it comes in. It fails when the context ends, and keeps its first
// failure apart from what others make of it.
type source struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := contextReader{s.ctx, s.r}.Read(b)
	if err != nil && s.ctx.Err() != nil {
		err = context.Cause(s.ctx)
	}
	if !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// printable quotes what a terminal could obey in names from the archive.
func printable(s string) string {
	return strings.Trim(strconv.Quote(s), `"`)
}
