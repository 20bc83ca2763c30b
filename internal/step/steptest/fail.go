package steptest

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"banger/internal/step"
)

// Case is a pipeline that is ready to be run.
type Case struct {
	// Do runs it, also a second time, after it has failed.
	Do func() error
	// Failed checks that nothing is half done once Do has failed, Done what is there once it has succeeded.
	Failed, Done func()
}

// errFault is what every step fails with.
var errFault = errors.New("the fault of this test")

// Fail has a pipeline fail at each of its fault points, and then done again. ready gives one that nothing has happened to, each time it is called.
func Fail(t *testing.T, ready func(t *testing.T) Case) {
	t.Helper()
	for _, point := range points(t, ready) {
		t.Run(point, func(t *testing.T) {
			c := ready(t)
			restore := step.SetFaults(once(point))
			defer restore()
			name := strings.TrimSuffix(point, ": done")
			if err := c.Do(); !errors.Is(err, errFault) || !strings.Contains(err.Error(), name) {
				t.Fatalf("got %v, want the fault, and the name of its step", err)
			} else if told(err) {
				t.Errorf("it could not be undone: %v", err)
			}
			c.Failed()
			if err := c.Do(); err != nil {
				t.Errorf("done again: %v", err)
			}
			c.Done()
		})
	}
}

// told reports whether an error speaks of something that was not undone.
func told(err error) bool {
	for _, words := range []string{"failed too", "is still there", "cannot be told"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// points are the fault points of a pipeline that succeeds, each once.
func points(t *testing.T, ready func(t *testing.T) Case) (points []string) {
	t.Helper()
	t.Run("all goes well", func(t *testing.T) {
		c := ready(t)
		var mu sync.Mutex
		seen := map[string]bool{}
		restore := step.SetFaults(func(point string) error {
			mu.Lock()
			defer mu.Unlock()
			if !seen[point] {
				points = append(points, point)
			}
			seen[point] = true
			return nil
		})
		defer restore()
		if err := c.Do(); err != nil {
			t.Fatal(err)
		}
		c.Done()
	})
	if len(points) == 0 {
		t.Fatal("it has no fault points")
	}
	return points
}

// once is the fault of a point, the first time it is passed.
func once(at string) func(point string) error {
	var first sync.Once
	return func(point string) (err error) {
		if point == at {
			first.Do(func() { err = errFault })
		}
		return err
	}
}
