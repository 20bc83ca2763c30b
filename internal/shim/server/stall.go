package server

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	// stallPause is the time between attempts to go on: no event tells that a disk has room again.
	stallPause = time.Second
	// stallSettle is how long after an attempt the engine may take to find the disk still full.
	stallSettle = 250 * time.Millisecond
)

// stall is whether the guest stands still because the host's disk is full.
type stall struct {
	hits chan struct{} // holds one when the engine has stopped the guest
	on   atomic.Bool
}

func newStall() *stall { return &stall{hits: make(chan struct{}, 1)} }

// hit is what the engine calls.
func (s *stall) hit() {
	select {
	case s.hits <- struct{}{}:
	default:
	}
}

func (s *server) setStalled(on bool) {
	s.stall.on.Store(on)
	s.news.tell()
}

// mindStalls lets a guest go on as soon as the disk has room again. It returns when the machine has ended.
func (s *server) mindStalls() {
	for {
		select {
		case <-s.stall.hits:
		case <-s.machine.Done():
			return
		}
		begun := time.Now()
		s.setStalled(true)
		for !s.goesOn() {
		}
		s.setStalled(false)
		// Not before: the log lies on the full disk, too.
		fmt.Fprintf(s.engineLog, "banger: the host's disk was full, and the guest stood still for %s\n", time.Since(begun).Round(time.Second))
	}
}

// goesOn waits a while, lets the guest run unless it is paused, and reports whether it was not stopped again, or has ended.
func (s *server) goesOn() bool {
	select {
	case <-time.After(stallPause):
	case <-s.machine.Done():
		return true
	}
	if tried, err := s.tryOn(); !tried || err != nil {
		return false
	}
	select {
	case <-s.stall.hits:
		return false
	case <-time.After(stallSettle):
	case <-s.machine.Done():
	}
	return true
}

// tryOn lets the guest run unless it is paused. A copy under way is waited for: all of it must be of one moment.
func (s *server) tryOn() (tried bool, err error) {
	s.copying.Lock()
	defer s.copying.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	return s.pause.goOn(ctx, s.machine)
}
