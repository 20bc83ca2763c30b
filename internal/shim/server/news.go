package server

import "sync"

// news tells any number of waiters that something has changed; what it is they look up themselves.
type news struct {
	mu   sync.Mutex
	next chan struct{}
}

// wait gives a channel that is closed at the next change. It must be taken before one looks.
func (n *news) wait() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == nil {
		n.next = make(chan struct{})
	}
	return n.next
}

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}
