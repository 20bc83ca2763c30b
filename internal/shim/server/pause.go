package server

import (
	"context"
	"sync"

	"banger/internal/problem"
	"banger/internal/vmm"
)

// pause is whether somebody wants the guest to stand still. Whatever lets it run goes through here.
type pause struct {
	mu sync.Mutex
	on bool
}

// set makes the guest stand still, or run.
func (p *pause) set(ctx context.Context, m vmm.Machine, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	change := m.Resume
	if on {
		change = m.Pause
	}
	if err := change(ctx); err != nil {
		return err
	}
	p.on = on
	return nil
}

// goOn lets the guest run unless it is paused.
func (p *pause) goOn(ctx context.Context, m vmm.Machine) (tried bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.on {
		return false, nil
	}
	return true, m.Resume(ctx)
}

func (p *pause) now() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.on
}

// setPaused pauses or resumes the guest. A snapshot under way is waited for: it stops and starts the guest itself.
func (s *server) setPaused(on bool) error {
	if s.guestSession() == nil {
		return problem.New(problem.Conflict, "the guest still boots")
	}
	s.copying.Lock()
	defer s.copying.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if err := s.pause.set(ctx, s.machine, on); err != nil {
		return err
	}
	s.news.tell()
	return nil
}
