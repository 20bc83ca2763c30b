package workspace

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"banger/internal/tree"
)

// content reads a link, a small file, or the sum of a large one.
func (r *reader) content(e tree.Entry, s stat) (p piece, err error) {
	if e.Mode == tree.Link {
		target, err := r.files.readlink(e.Path)
		return r.held(e, s, []byte(target)), err
	}
	f, err := r.files.open(e.Path)
	if err != nil {
		return p, err
	}
	if e.Size > whole {
		return r.large(e, f)
	}
	defer f.Close()
	data := make([]byte, e.Size+1)
	n, err := io.ReadFull(f, data)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return p, err
	}
	after, err := fstat(f)
	p = r.held(e, s, data[:min(n, int(e.Size))])
	p.unsteady = int64(n) != e.Size || r.changed(e, s, after)
	return p, err
}

// changed reports whether a file changed between two looks at it.
func (r *reader) changed(e tree.Entry, before, after stat) bool {
	return before != r.plan.asIndexed(e.Mode, after)
}

// held is a content in memory.
func (r *reader) held(e tree.Entry, s stat, data []byte) piece {
	e.Size = int64(len(data))
	h := tree.NewSum(r.plan.sum, e.Size)
	h.Write(data)
	e.Sum = h.Sum(nil)
	return piece{entry: e, stat: s, data: data}
}

// large reads the sum of an open file, and leaves the file open.
func (r *reader) large(e tree.Entry, f *os.File) (p piece, err error) {
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	before, err := fstat(f)
	if err != nil {
		return p, err
	}
	e.Size, e.Time = before.Size, before.Mtime
	h := tree.NewSum(r.plan.sum, e.Size)
	n, err := io.Copy(h, io.LimitReader(f, e.Size))
	if err != nil {
		return p, err
	}
	e.Sum = h.Sum(nil)
	after, err := fstat(f)
	before = r.plan.asIndexed(e.Mode, before)
	return piece{entry: e, stat: before, file: f, unsteady: n != e.Size || r.changed(e, before, after)}, err
}

// retain keeps a content unless a pack has it. Of one that is changing nothing is kept: it is read again.
func (r *reader) retain(p *piece) error {
	sum := p.entry.Sum
	if found, err := r.packed.has(sum); err != nil || found || p.unsteady || !r.keep || r.store.has(sum) {
		return err
	}
	if p.file == nil {
		data := p.data
		r.keeping.Go(func() error {
			_, err := r.store.write(int64(len(data)), bytes.NewReader(data))
			return err
		})
		return nil
	}
	got, err := r.store.write(p.entry.Size, io.NewSectionReader(p.file, 0, p.entry.Size))
	p.unsteady = errors.Is(err, io.ErrUnexpectedEOF) || err == nil && !bytes.Equal(got, sum)
	if p.unsteady {
		return nil
	}
	return err
}

// readStored takes a content from d, where Stage has put it.
func (r *reader) readStored(e tree.Entry) (p piece, err error) {
	if !r.wanted(e) {
		return piece{entry: e, guest: e.Time}, nil
	}
	_, size, found, err := r.cat.open(hex.EncodeToString(e.Sum))
	if err != nil {
		return p, err
	}
	if !found || size != e.Size {
		return p, fmt.Errorf("the content of %q has not been packed", e.Path)
	}
	p = piece{entry: e}
	if size <= whole {
		p.data = make([]byte, size)
		_, err = io.ReadFull(r.cat.out, p.data)
	} else {
		p.file, err = temporary(io.LimitReader(r.cat.out, size))
	}
	return p, errors.Join(err, r.cat.skip(0))
}

// temporary is a file without a name that holds what is read.
func temporary(content io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "banger-content-")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(f, content)
	if err = errors.Join(err, os.Remove(f.Name())); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
