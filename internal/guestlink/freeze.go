package guestlink

import (
	"context"

	"banger/internal/problem"
)

// Freeze brings the link to rest: when it returns nil nothing is on its way in either direction, and
// both ends write nothing until Thaw. What a guest remembers of the link at that moment is what
// Reconnect expects of a copy of it. Streams stay open; who writes to one waits.
func (s *Session) Freeze(ctx context.Context) error {
	if s.peer.Generation < 2 {
		return problem.New(problem.Unavailable, "the guest's agent is too old to hold still").
			WithRemedy("stop the VM and start it again")
	}
	select {
	case s.link.rest <- struct{}{}:
	case <-ctx.Done():
		return unmoved(ctx)
	}
	s.link.asked++
	said, number := make(chan error, 1), s.link.asked
	go func() { said <- s.link.say(linkFreeze, number) }()
	select {
	case err := <-said:
		if err == nil {
			err = s.awaitFrozen(ctx, number)
		}
		if err != nil {
			s.Thaw()
		}
		return err
	case <-ctx.Done():
		go func() {
			<-said
			s.Thaw()
		}()
		return unmoved(ctx)
	}
}

func (s *Session) awaitFrozen(ctx context.Context, number uint32) error {
	for {
		select {
		case answered := <-s.link.frozen:
			if answered == number { // else it comes late, and for a freeze that was given up
				return nil
			}
		case <-s.Done():
			return problem.New(problem.GuestFailed, "the guest link was lost")
		case <-ctx.Done():
			return unmoved(ctx)
		}
	}
}

func unmoved(ctx context.Context) error {
	return problem.New(problem.Timeout, "the guest's agent did not hold still: %w", context.Cause(ctx))
}

// Thaw lets both ends go on after Freeze has returned nil.
func (s *Session) Thaw() error {
	err := s.link.say(linkThaw, 0)
	<-s.link.rest
	return err
}
