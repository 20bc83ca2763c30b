package workspace

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/tree"
)

// Sent is what has gone into a guest.
type Sent struct {
	Base  Base  // what the workspace is then; zero after a dry run
	Files int   // how many were written
	Bytes int64 // of their contents
	Gone  int   // how many were taken away
	// Overwritten are files of the guest's that had been changed there, in order.
	Overwritten []string
	// Unexported says that the guest has work that the host has not.
	Unexported bool
}

// put is one tree_put.
type put struct {
	dir   Dir
	plan  *Plan
	out   io.Writer       // the guest; io.Discard in a dry run
	read  *reader         // of the plan's files
	guest map[string]leaf // what the guest has, without what this round has changed
	now   map[string]leaf // what this round has changed
	done  map[string]piece
	sent  Sent
	meter meter
	began time.Time
}

// rounds is how often a file that changes is read.
const rounds = 3

// begin makes a put that finds in the guest what guest says. It must be closed.
func (d Dir) begin(ctx context.Context, p *Plan, guest map[string]leaf, sink progress.Sink) (u *put, err error) {
	u = &put{dir: d, plan: p, out: io.Discard, guest: guest, now: map[string]leaf{}, done: map[string]piece{}, began: time.Now()}
	u.meter = meter{sink: sink}
	for _, e := range p.Files {
		u.meter.total += e.Size
	}
	u.read, err = d.newReader(ctx, p, u.wanted)
	return u, err
}

func (u *put) wanted(e tree.Entry) bool { return u.guest[e.Path] != leafOf(e) }

func leafOf(e tree.Entry) leaf {
	if e.Mode == tree.Folder {
		return leaf{mode: tree.Folder}
	}
	return leaf{e.Mode, hex.EncodeToString(e.Sum)}
}

// files reads all files and writes those that the guest has not. What changes meanwhile is read again.
func (u *put) files(ctx context.Context) error {
	todo := u.plan.Files
	for n := 0; len(todo) > 0; n++ {
		if n == rounds {
			return problem.New(problem.Conflict, "%q changes while it is read", todo[0].Path).WithRemedy("wait until nobody writes to it, and try again")
		}
		again, err := u.round(ctx, todo)
		if err != nil {
			return err
		}
		todo = again
	}
	return u.read.keeping.Wait()
}

// ahead is how many files are read before they are written.
const ahead = 16

func (u *put) round(ctx context.Context, todo []tree.Entry) (again []tree.Entry, err error) {
	pieces := make(chan piece, ahead)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(pieces)
		for _, e := range todo {
			p, err := u.read.read(e)
			if err != nil {
				return err
			}
			select {
			case pieces <- p:
			case <-ctx.Done():
				p.close()
				return nil
			}
		}
		return nil
	})
	g.Go(func() error {
		for p := range pieces {
			if err := u.piece(&p); err != nil {
				return err
			}
			if p.unsteady {
				again = append(again, p.entry)
			}
		}
		return nil
	})
	err = g.Wait()
	for p := range pieces {
		p.close()
	}
	maps.Copy(u.guest, u.now)
	return again, err
}

func (p piece) close() {
	if p.file != nil {
		p.file.Close()
	}
}

// piece writes one file, or takes it away.
func (u *put) piece(p *piece) error {
	defer p.close()
	e := p.entry
	u.meter.add(e.Size)
	if e.Mode == tree.Gone {
		delete(u.done, e.Path)
		return u.gone(e.Path)
	}
	if u.wanted(e) || p.unsteady {
		if err := u.write(p); err != nil {
			return err
		}
	}
	u.done[e.Path] = piece{entry: e, stat: p.stat, guest: p.guest}
	return nil
}

func (u *put) write(p *piece) error {
	if err := tree.WriteEntry(u.out, p.entry); err != nil {
		return err
	}
	if err := u.content(p); err != nil {
		return err
	}
	p.guest = p.entry.Time
	u.now[p.entry.Path] = leafOf(p.entry)
	if p.unsteady {
		u.now[p.entry.Path] = leaf{} // something
	}
	u.sent.Files++
	u.sent.Bytes += p.entry.Size
	return nil
}

// gone takes a file away, if the guest has it.
func (u *put) gone(path string) error {
	if is, there := u.guest[path]; !there || is.mode == tree.Gone && is.sum == gone.sum {
		return nil
	}
	u.now[path] = gone
	u.sent.Gone++
	return tree.WriteEntry(u.out, tree.Entry{Path: path})
}

// gone is what has been taken away.
var gone = leaf{sum: "gone"}

// content writes just as many bytes as were announced, whatever has become of the file.
func (u *put) content(p *piece) error {
	if p.file == nil {
		_, err := u.out.Write(p.data)
		return err
	}
	h := tree.NewSum(u.plan.sum, p.entry.Size)
	n, err := io.Copy(io.MultiWriter(u.out, h), io.NewSectionReader(p.file, 0, p.entry.Size))
	if err == nil && n < p.entry.Size {
		_, err = io.CopyN(u.out, zeroes{}, p.entry.Size-n)
	}
	if err != nil {
		return err
	}
	after, err := fstat(p.file)
	p.unsteady = p.unsteady || !bytes.Equal(h.Sum(nil), p.entry.Sum) || !u.plan.stored && u.read.changed(p.entry, p.stat, after)
	return err
}

// zeroes are without end.
type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// tree gives the id of the tree that was sent. Contents are in d.
func (u *put) tree(ctx context.Context) (string, error) {
	var entries []indexEntry
	for _, p := range u.done {
		if p.entry.Mode != tree.Folder {
			entries = append(entries, indexEntry{path: p.entry.Path, mode: p.entry.Mode, sum: p.entry.Sum})
		}
	}
	slices.SortFunc(entries, func(a, b indexEntry) int { return strings.Compare(a.path, b.path) })
	return u.dir.writeTree(ctx, encodeIndex(entries, u.plan.sum))
}
