package step

import "sync/atomic"

// faults is nil but in tests.
var faults atomic.Pointer[func(point string) error]

// Fault is the error that a test wants at a point, nil for everybody else.
func Fault(point string) error {
	if f := faults.Load(); f != nil {
		return (*f)(point)
	}
	return nil
}

// SetFaults makes Fault(point) return what f returns for it, until restore is called. It is
// for tests alone. f may as well wait, or end the process; it is called by many at once.
func SetFaults(f func(point string) error) (restore func()) {
	before := faults.Swap(&f)
	return func() { faults.Store(before) }
}

// SetFault is SetFaults for one point.
func SetFault(point string, f func() error) (restore func()) {
	return SetFaults(func(at string) error {
		if at != point {
			return nil
		}
		return f()
	})
}
