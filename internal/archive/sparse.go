package archive

import (
	"bytes"
	"io"
	"os"
)

// block is the size of the smallest hole that is left, in bytes: that of a page, and of most file systems' blocks.
const block = 4096

// sourceError is one of what was to be written, and not of where.
type sourceError struct{ error }

// fill writes size bytes of content to a new file, all but its blocks of zeroes.
func fill(f *os.File, content io.Reader, size int64, buf []byte) error {
	for at := int64(0); at < size; {
		part := buf[:min(int64(len(buf)), size-at)] // buf is of whole blocks, so that each begins where one of the file's does
		if _, err := io.ReadFull(content, part); err != nil {
			return sourceError{torn(err)}
		}
		if err := writeBlocks(f, part, at); err != nil {
			return err
		}
		at += int64(len(part))
	}
	return f.Truncate(size) // it may end in a hole
}

// writeBlocks writes p, which belongs at a block's beginning, in as few calls as its blocks of zeroes allow.
func writeBlocks(f *os.File, p []byte, at int64) error {
	for from := 0; from < len(p); {
		to := from
		for to < len(p) && !isZero(p[to:min(to+block, len(p))]) {
			to = min(to+block, len(p))
		}
		if _, err := f.WriteAt(p[from:to], at+int64(from)); err != nil {
			return err
		}
		from = to + block // the block at to is zero, or there is none
	}
	return nil
}

func isZero(p []byte) bool { return bytes.Equal(p, blank[:len(p)]) }
