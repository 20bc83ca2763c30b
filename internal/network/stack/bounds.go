package stack

import "sync"

// slots counts what may exist only so often.
type slots chan struct{}

func newSlots(n int) slots { return make(slots, n) }

func (s slots) take() bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s slots) give() { <-s }

// budget shares the memory of TCP buffers out: the first connections have large ones, and the more there are the smaller are the next.
type budget struct {
	mu   sync.Mutex
	free int
}

// take gives the size of a connection's buffer in each direction: a 32nd of what is free, within bounds.
func (b *budget) take() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	size := min(max(b.free/32, minBuffer), maxBuffer)
	b.free -= 2 * (size - minBuffer)
	return size
}

func (b *budget) give(size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += 2 * (size - minBuffer)
}
