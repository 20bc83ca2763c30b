package snapshot

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"banger/internal/machine"
)

// Spares keeps forks of the most used template ready for whoever needs one next: they run, have run a command, and
// are nobody's. A spare's machine lies where VMs' do, since it becomes one, and is told from them by machine.IsSpare. It ends with this
// daemon, which holds its lease.
type Spares struct {
	Templates *Templates
	Machines  *machine.Host // the VMs'
	Want      int           // how many are kept
	// User gives the user of a spare's engine, another one each time.
	User func() uint32
	Log  *slog.Logger

	mu    sync.Mutex
	uses  map[string]*use // by key of the template
	ready []*Spare
	wake  chan struct{} // holds one when there may be something to do
}

// use is how often forks of a template were wanted, and what they are made of.
type use struct {
	count int
	shape Shape
	parts Parts
}

// Sweep deals with what an earlier daemon has left: a spare that no record speaks of is removed, one that became a VM is kept.
func (s *Spares) Sweep(ctx context.Context, known func(id string) bool) error {
	ids, err := s.Machines.IDs()
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		m := s.Machines.Machine(id)
		switch {
		case !m.IsSpare():
		case known(id):
			errs = append(errs, m.Keep())
		default:
			errs = append(errs, (&Spare{Machine: m, lease: io.NopCloser(nil)}).Discard(ctx))
		}
	}
	return errors.Join(errs...)
}

// Take gives a spare of a template, nil when there is none. Either way the template counts as used once more.
func (s *Spares) Take(t *Template, shape Shape, parts Parts) *Spare {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.uses == nil {
		s.uses = map[string]*use{}
	}
	u := s.uses[t.Key]
	if u == nil {
		u = &use{shape: shape, parts: parts}
		s.uses[t.Key] = u
	}
	u.count++
	s.poke()
	for i, spare := range s.ready {
		if spare.from == t {
			s.ready = append(s.ready[:i], s.ready[i+1:]...)
			return spare
		}
	}
	return nil
}

// Ready is how many spares wait.
func (s *Spares) Ready() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ready)
}

// poke wakes Run; s.mu is held.
func (s *Spares) poke() {
	if s.wake == nil {
		s.wake = make(chan struct{}, 1)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// quiet is how long nobody must have wanted a fork before spares are made: the processors are those
// that wanted ones' first.
const quiet = time.Second

// Run makes spares until ctx ends, and then removes them.
func (s *Spares) Run(ctx context.Context) {
	s.mu.Lock()
	s.poke()
	wake := s.wake
	s.mu.Unlock()
	defer s.drop(context.WithoutCancel(ctx), nil)
	for {
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
		for still := true; still; { // wait until it is quiet
			select {
			case <-wake:
			case <-time.After(quiet):
				still = false
			case <-ctx.Done():
				return
			}
		}
		if err := s.fill(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "make a spare", slog.Any("error", err))
		}
	}
}

// fill makes what is missing of the most used template, and removes what is there of others.
func (s *Spares) fill(ctx context.Context) error {
	shape, parts, count := s.favourite()
	if count == 0 || s.Want == 0 {
		return nil
	}
	t, err := s.Templates.Find(ctx, shape)
	if err != nil {
		return err
	}
	s.drop(ctx, t)
	if t == nil {
		s.forget(shape.key())
		return nil
	}
	for s.Ready() < s.Want && hostCanSpare(shape.MemoryMiB) {
		spare, err := s.make(ctx, t, shape, parts)
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.ready = append(s.ready, spare)
		s.mu.Unlock()
	}
	return nil
}

// forget makes a template that is gone nobody's favourite.
func (s *Spares) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.uses, key)
	s.poke() // there may be another one
}

// Reconsider has Run look anew, after templates have been removed.
func (s *Spares) Reconsider() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.poke()
}

func (s *Spares) favourite() (shape Shape, parts Parts, count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.uses {
		if u.count > count {
			shape, parts, count = u.shape, u.parts, u.count
		}
	}
	shape.Host = s.Templates.Host
	return shape, parts, count
}

// drop removes every spare that is not of a template, which is nil for all.
func (s *Spares) drop(ctx context.Context, t *Template) {
	s.mu.Lock()
	var kept, gone []*Spare
	for _, spare := range s.ready {
		if spare.from == t {
			kept = append(kept, spare)
		} else {
			gone = append(gone, spare)
		}
	}
	s.ready = kept
	s.mu.Unlock()
	for _, spare := range gone {
		if err := spare.Discard(ctx); err != nil {
			s.Log.ErrorContext(ctx, "remove a spare", slog.Any("error", err))
		}
	}
}
