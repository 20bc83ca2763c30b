package step

import "sync"

var faults struct {
	sync.RWMutex
	points map[string]func() error
}

// Fault is the error that a test wants at the point name, nil for everybody else.
func Fault(name string) error {
	faults.RLock()
	f := faults.points[name]
	faults.RUnlock()
	if f == nil {
		return nil
	}
	return f()
}

// SetFault makes Fault(name) return what f returns, until restore is called. It is
// for tests alone. f may as well wait, or end the process.
func SetFault(name string, f func() error) (restore func()) {
	faults.Lock()
	defer faults.Unlock()
	if faults.points == nil {
		faults.points = map[string]func() error{}
	}
	faults.points[name] = f
	return func() {
		faults.Lock()
		defer faults.Unlock()
		delete(faults.points, name)
	}
}
