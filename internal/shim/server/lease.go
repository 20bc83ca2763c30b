package server

import (
	"sync"
	"time"
)

// leaseGrace is how long an ephemeral machine that is ready waits for its first
// lease: its client may have died just before.
const leaseGrace = 30 * time.Second

// leases counts who holds an ephemeral machine.
type leases struct {
	mu     sync.Mutex
	held   int
	grace  *time.Timer
	unheld chan struct{} // nil unless the machine is ephemeral and ready
	taken  bool
}

// watch returns a channel that is closed when nobody holds the machine any more.
// For a machine that is not ephemeral it stays open.
func (l *leases) watch(ephemeral bool) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	unheld := make(chan struct{})
	if !ephemeral {
		return unheld
	}
	l.unheld = unheld
	switch {
	case l.held > 0:
	case l.taken:
		l.end()
	default:
		l.grace = time.AfterFunc(leaseGrace, l.expire)
	}
	return unheld
}

func (l *leases) take() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held++
	l.taken = true
	if l.grace != nil {
		l.grace.Stop()
	}
}

func (l *leases) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held--
	if l.held == 0 {
		l.end()
	}
}

func (l *leases) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.taken {
		l.end()
	}
}

// end closes the channel once; l.mu is held.
func (l *leases) end() {
	if l.unheld != nil {
		close(l.unheld)
		l.unheld = nil
	}
}
