package resolved

import (
	"errors"
	"io"
)

// errNoFile is told of what is no regular file; a link to /dev/null is how an administrator keeps one out.
var errNoFile = errors.New("it is no regular file")

// maxFile is more than any file that is read here has, in bytes.
const maxFile = 64 << 10

// read gives a small file.
func (h *Host) read(name string) ([]byte, error) {
	info, err := h.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	f, err := h.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}
