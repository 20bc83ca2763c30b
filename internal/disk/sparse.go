package disk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
)

var errLimit = errors.New("size limit reached")

// sparseFile writes a new file and leaves out blocks of zeroes, which the file
// system then keeps as holes. Its size must be set when all is written: end.
type sparseFile struct {
	file    *os.File
	limit   int64 // no byte at or past it
	pos     int64
	end     int64 // furthest position reached
	written int64 // every byte at or past it is still a hole
	// err is the first failure, kept because callers lose it among their own words.
	err error
}

func newSparseFile(f *os.File, limit int64) *sparseFile {
	return &sparseFile{file: f, limit: limit}
}

// Write writes b at the position, as few calls as holes allow.
func (s *sparseFile) Write(b []byte) (n int, err error) {
	if s.err == nil && int64(len(b)) > s.limit-s.pos {
		s.err = errLimit
	}
	for n < len(b) && s.err == nil {
		skip := s.hole(b[n:])
		s.pos += int64(skip)
		n += skip
		data := s.data(b[n:])
		var done int
		done, s.err = s.file.WriteAt(b[n:n+data], s.pos)
		s.pos += int64(done)
		n += done
		if done > 0 {
			s.written = max(s.written, s.pos)
		}
	}
	s.end = max(s.end, s.pos)
	return n, s.err
}

// hole is how many bytes at the front of b need not be written.
func (s *sparseFile) hole(b []byte) (n int) {
	for s.pos+int64(n) >= s.written && (s.pos+int64(n))%blockSize == 0 && zeroBlock(b[n:]) {
		n += blockSize
	}
	return n
}

// data is how many bytes at the front of b, one block at least, come before zeroes.
func (s *sparseFile) data(b []byte) (n int) {
	for n < len(b) {
		toBoundary := blockSize - int(s.pos+int64(n))%blockSize
		n = min(n+toBoundary, len(b))
		if zeroBlock(b[n:]) {
			break
		}
	}
	return n
}

var zeroes [blockSize]byte

func zeroBlock(b []byte) bool {
	return len(b) >= blockSize && bytes.Equal(b[:blockSize], zeroes[:])
}

// Read reads at the position; what was left out reads as zeroes up to what was written last.
func (s *sparseFile) Read(b []byte) (int, error) {
	n, err := s.file.ReadAt(b, s.pos)
	s.pos += int64(n)
	return n, err
}

// Seek moves the position. It knows only io.SeekStart.
func (s *sparseFile) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart || offset < 0 {
		return 0, errors.ErrUnsupported
	}
	s.pos = offset
	s.end = max(s.end, offset)
	return offset, nil
}

// contextReader ends with the context's error.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(b)
}
