package agent

import (
	"fmt"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// reaper waits for every child of the process. It hands the status of those that it
// started to whoever waits for them, and drops the others'.
type reaper struct {
	mu      sync.Mutex
	changed sync.Cond // starts, or closed, changed; childless was reached
	running map[int]chan syscall.WaitStatus
	starts  int  // children started so far
	closed  bool // no more are to be started
	// childless is closed when closed is set and no child, not even an adopted one, is left.
	childless chan struct{}
}

func newReaper() (*reaper, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become the reaper of all descendants: %w", err)
	}
	r := &reaper{running: map[int]chan syscall.WaitStatus{}, childless: make(chan struct{})}
	r.changed.L = &r.mu
	go r.reap()
	return r, nil
}

// start calls fork, and promises that the status of the child that it makes reaches the channel.
func (r *reaper) start(fork func() (int, error)) (int, <-chan syscall.WaitStatus, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, nil, syscall.ESHUTDOWN
	}
	pid, err := fork()
	if err != nil {
		return 0, nil, err
	}
	status := make(chan syscall.WaitStatus, 1)
	r.running[pid] = status
	r.starts++
	r.changed.Signal()
	return pid, status, nil
}

// signal signals pid, or its group when negative, unless leader has been reaped: then
// the number may be another's already, and the result is false.
func (r *reaper) signal(leader, pid int, sig syscall.Signal) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.running[leader]
	if ok {
		syscall.Kill(pid, sig) // it may have ended just now
	}
	return ok
}

// close refuses further starts.
func (r *reaper) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.changed.Signal()
}

// reap runs as long as the process, until close was called and no child is left.
func (r *reaper) reap() {
	for {
		r.mu.Lock()
		starts := r.starts
		r.mu.Unlock()
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, unix.WALL, nil)
		switch {
		case err == nil:
			r.deliver(pid, status)
		case err == syscall.ECHILD && !r.awaitStart(starts):
			close(r.childless)
			return
		}
	}
}

func (r *reaper) deliver(pid int, status syscall.WaitStatus) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.running[pid]; ok {
		delete(r.running, pid)
		c <- status
	}
}

// awaitStart returns true when more than starts children were started, false when none will be.
func (r *reaper) awaitStart(starts int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.starts == starts && !r.closed {
		r.changed.Wait()
	}
	return r.starts != starts
}
