package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sync/errgroup"

	"banger/internal/tree"
)

// piece is a file as it was read.
type piece struct {
	entry tree.Entry
	stat  stat
	data  []byte   // its content, or
	file  *os.File // that of a large one, for the taker to close
	// unsteady says that it changed meanwhile and is to be read again.
	unsteady bool
	guest    int64 // the time that the file in the guest has, in nanoseconds; 0 when that is not known
}

// whole is the size in bytes up to which a file is held in memory.
const whole = 1 << 20

// reader reads the files of a plan, and keeps each content that is in no pack. It is used by one goroutine.
type reader struct {
	plan   *Plan
	store  objects
	packed *packed
	files  *below
	cat    *catFile // instead of files, for a plan of stored ones
	known  memory
	keep   bool
	// wanted tells of an entry whose sum is known whether its content is wanted.
	wanted  func(tree.Entry) bool
	keeping errgroup.Group
}

// keepers is how many contents are compressed at a time.
const keepers = 2

func (d Dir) newReader(ctx context.Context, p *Plan, wanted func(tree.Entry) bool) (r *reader, err error) {
	r = &reader{plan: p, store: objects{d.objects(), p.sum}, wanted: wanted, keep: true}
	r.keeping.SetLimit(keepers)
	if r.packed, err = d.openPacked(p.sum); err != nil {
		return nil, err
	}
	if p.stored {
		r.cat = startCatFile(ctx, d.git())
	} else if r.files, err = openBelow(p.Root); err != nil {
		return nil, errors.Join(err, r.packed.Close())
	}
	r.known = d.remember(p.Root)
	return r, nil
}

// Close waits for what is being kept, and lets go of all.
func (r *reader) Close() error {
	err := errors.Join(r.keeping.Wait(), r.packed.Close())
	if r.cat != nil {
		r.cat.stop()
		return err
	}
	return errors.Join(err, r.files.Close())
}

// read reads a file as it is now. One that is not there, or is no file any more, is Gone.
func (r *reader) read(e tree.Entry) (piece, error) {
	if e.Mode == tree.Folder {
		return piece{entry: e}, nil
	}
	if r.cat != nil {
		return r.readStored(e)
	}
	s, err := r.files.lstat(e.Path)
	if err == nil {
		s = r.plan.asIndexed(e.Mode, s)
	}
	mode := s.mode()
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && mode == tree.Gone:
		return piece{entry: tree.Entry{Path: e.Path}}, nil
	case err != nil:
		return piece{}, unreadable(e.Path, err)
	}
	e = tree.Entry{Path: e.Path, Mode: mode, Size: s.Size, Time: s.Mtime}
	was := r.known.of(e.Path, s)
	if e.Sum = was.Sum; was.Sum != nil && !r.wanted(e) {
		return piece{entry: e, stat: s, guest: was.Guest}, nil
	}
	p, err := r.content(e, s)
	if errors.Is(err, fs.ErrNotExist) {
		return piece{entry: tree.Entry{Path: e.Path}}, nil
	}
	if err != nil {
		return p, unreadable(e.Path, err)
	}
	p.guest = was.Guest
	return p, r.retain(&p)
}
