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
	owner  int // how often the machine has been claimed; leases of earlier owners do not count
}

// watch returns a channel that is closed when nobody holds the machine any more.
// For a machine that is not ephemeral it stays open.
func (l *leases) watch(ephemeral bool) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	unheld := make(chan struct{})
	if ephemeral {
		l.unheld = unheld
		l.await()
	}
	return unheld
}

// await begins the wait for a first lease, unless there has been one; l.mu is held.
func (l *leases) await() {
	switch {
	case l.held > 0:
	case l.taken:
		l.end()
	default:
		owner := l.owner
		l.grace = time.AfterFunc(leaseGrace, func() { l.expire(owner) })
	}
}

// claim makes the machine another's: leases that are held now count no more. One that is not ephemeral
// needs none.
func (l *leases) claim(ephemeral bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owner++
	l.held, l.taken = 0, false
	if l.grace != nil {
		l.grace.Stop()
	}
	if !ephemeral {
		l.unheld = nil
		return
	}
	l.await()
}

// take adds a lease, which the function that it returns gives back.
func (l *leases) take() (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held++
	l.taken = true
	if l.grace != nil {
		l.grace.Stop()
	}
	owner := l.owner
	return func() { l.release(owner) }
}

func (l *leases) release(owner int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if owner != l.owner {
		return
	}
	l.held--
	if l.held == 0 {
		l.end()
	}
}

func (l *leases) expire(owner int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if owner == l.owner && !l.taken {
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
