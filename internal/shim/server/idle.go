package server

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"banger/internal/guestlink"
)

// uses is when the machine was used, by requests that count.
type uses struct {
	news *news

	mu    sync.Mutex
	open  int
	last  time.Time
	limit time.Duration // how long it may go unused; 0 means for ever
}

// begin notes a use, which the function that it returns ends.
func (u *uses) begin() (end func()) {
	u.add(1)
	return func() { u.add(-1) }
}

func (u *uses) add(n int) {
	u.mu.Lock()
	u.open += n
	u.last = time.Now()
	u.mu.Unlock()
	u.news.tell()
}

// setLimit begins the time anew.
func (u *uses) setLimit(limit time.Duration) {
	u.mu.Lock()
	u.limit = limit
	u.mu.Unlock()
	u.add(0)
}

func (u *uses) at() time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.last
}

// most is how long the machine may go unused.
func (u *uses) most() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.limit
}

// left is the time until the machine has gone unused for too long.
func (u *uses) left() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.limit == 0 || u.open > 0 {
		return math.MaxInt64
	}
	return u.limit - time.Since(u.last)
}

// busyPause is the time between looks at a guest whose commands run on by themselves: nothing tells of their end.
const busyPause = 30 * time.Second

// awaitIdle gives a channel that is closed when the machine has gone unused for too long.
func (s *server) awaitIdle() <-chan struct{} {
	idle := make(chan struct{})
	go func() {
		for {
			changed := s.news.wait()
			left := s.uses.left()
			switch {
			case s.pause.now():
				left = math.MaxInt64
			case left <= 0 && !s.works():
				close(idle)
				return
			case left <= 0:
				left = min(busyPause, s.uses.most())
			}
			select {
			case <-changed:
			case <-time.After(left):
			case <-s.machine.Done():
				return
			}
		}
	}()
	return idle
}

// works reports whether commands run in the guest. One that gives no answer does not work.
func (s *server) works() bool {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	answer, err := s.guestSession().Call(ctx, guestlink.Request{Op: guestlink.OpInfo})
	return err == nil && answer.Info != nil && answer.Info.Execs > 0
}

// endIdle powers the guest off and says why.
func (s *server) endIdle() {
	s.mu.Lock()
	s.why = fmt.Sprintf("nobody used it for %s", s.uses.most())
	s.mu.Unlock()
	s.powerOff(idleShutdown)
}
