package workspace

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/zlib"

	"banger/internal/tree"
)

// objects is a folder of git's loose objects that is banger's own. Contents are written by our own hand, without a git
// that would have to be told of files.
type objects struct {
	dir string
	sum int // length of a sum, in bytes
}

// write keeps size bytes of r as a blob and gives its sum.
func (o objects) write(size int64, r io.Reader) (sum []byte, err error) {
	temp, err := os.CreateTemp(o.dir, "tmp_obj_")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	sum, err = o.fill(temp, size, r)
	if err = errors.Join(err, temp.Close()); err != nil {
		return nil, err
	}
	name := hex.EncodeToString(sum)
	path := filepath.Join(o.dir, name[:2], name[2:])
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return sum, os.Rename(temp.Name(), path)
}

// writers are used again: one is half a megabyte, and many contents are small.
var writers = sync.Pool{New: func() any {
	z, err := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed)
	if err != nil {
		panic(err) // there is no such level
	}
	return z
}}

// fill writes the form of a loose object: header and content, as one zlib stream. Speed counts, not size.
func (o objects) fill(w io.Writer, size int64, r io.Reader) ([]byte, error) {
	z := writers.Get().(*zlib.Writer)
	defer writers.Put(z)
	z.Reset(w)
	h := tree.NewSum(o.sum, size)
	if _, err := z.Write(tree.BlobHeader(size)); err != nil {
		return nil, err
	}
	n, err := io.Copy(io.MultiWriter(z, h), io.LimitReader(r, size))
	if err == nil && n < size {
		err = fmt.Errorf("it has %d bytes instead of %d: %w", n, size, io.ErrUnexpectedEOF)
	}
	return h.Sum(nil), errors.Join(err, z.Close())
}

// has reports whether the blob of a sum is here as a loose object.
func (o objects) has(sum []byte) bool {
	name := hex.EncodeToString(sum)
	_, err := os.Stat(filepath.Join(o.dir, name[:2], name[2:]))
	return err == nil
}

// open gives a blob that write has written, and its size.
func (o objects) open(sum string) (size int64, content io.ReadCloser, err error) {
	f, err := os.Open(filepath.Join(o.dir, sum[:2], sum[2:]))
	if err != nil {
		return 0, nil, err
	}
	z, err := zlib.NewReader(f)
	if err != nil {
		return 0, nil, errors.Join(err, f.Close())
	}
	in := bufio.NewReader(z)
	if _, err = fmt.Fscanf(in, "blob %d\x00", &size); err != nil {
		return 0, nil, errors.Join(fmt.Errorf("read the object %s: %w", sum, err), f.Close())
	}
	return size, struct {
		io.Reader
		io.Closer
	}{in, f}, nil
}
