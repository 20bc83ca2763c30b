package vm

import "sync"

// ends tells who waits for a VM that it does not run any more.
type ends struct {
	mu   sync.Mutex
	byID map[string][]chan struct{}
}

// Ended gives a channel that is closed when the VM of that id, which runs now, does
// not run any more, or is deleted. stop lets go of it.
func (f *Fleet) Ended(id string) (ended <-chan struct{}, stop func()) {
	c := make(chan struct{})
	e := &f.ends
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.byID == nil {
		e.byID = make(map[string][]chan struct{})
	}
	e.byID[id] = append(e.byID[id], c)
	return c, func() { e.forget(id, c) }
}

func (e *ends) forget(id string, c chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var rest []chan struct{}
	for _, other := range e.byID[id] {
		if other != c {
			rest = append(rest, other)
		}
	}
	if e.byID[id] = rest; rest == nil {
		delete(e.byID, id)
	}
}

// tell closes the channels of a VM.
func (e *ends) tell(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.byID[id] {
		close(c)
	}
	delete(e.byID, id)
}
