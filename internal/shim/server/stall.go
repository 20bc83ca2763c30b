package server

import (
	"context"
	"fmt"
	"sync"
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

	mu      sync.Mutex
	on      bool
	changed chan struct{} // closed, and made anew, at each change
}

func newStall() *stall {
	return &stall{hits: make(chan struct{}, 1), changed: make(chan struct{})}
}

// hit is what the engine calls.
func (s *stall) hit() {
	select {
	case s.hits <- struct{}{}:
	default:
	}
}

func (s *stall) now() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on
}

// change is closed when what now says has changed.
func (s *stall) change() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *stall) set(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = on
	close(s.changed)
	s.changed = make(chan struct{})
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
		s.stall.set(true)
		for !s.goesOn() {
		}
		s.stall.set(false)
		// Not before: the log lies on the full disk, too.
		fmt.Fprintf(s.engineLog, "banger: the host's disk was full, and the guest stood still for %s\n", time.Since(begun).Round(time.Second))
	}
}

// goesOn waits a while, lets the guest run, and reports whether it was not stopped again, or has ended.
func (s *server) goesOn() bool {
	select {
	case <-time.After(stallPause):
	case <-s.machine.Done():
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if s.machine.Resume(ctx) != nil {
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
