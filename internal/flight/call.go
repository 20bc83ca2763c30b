package flight

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"banger/internal/progress"
)

// call is one run of the work for a key.
type call[T any] struct {
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when the fields below are final

	value  T
	err    error
	broken string // not empty when the work did not return

	mu        sync.Mutex // guards the rest, and is held while sinks are called
	waiters   map[*waiter]struct{}
	abandoned bool // the last waiter has left
	last      *progress.Event
}

type waiter struct{ sink progress.Sink }

// run does the work. A panic of it must not end a daemon that nobody blames for it:
// it is handed to those who wait.
func (c *call[T]) run(ctx context.Context, fn Work[T]) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if p := recover(); p != nil {
			c.broken = fmt.Sprintf("%v\n\n%s", p, debug.Stack())
		} else {
			c.broken = "runtime.Goexit was called"
		}
	}()
	c.value, c.err = fn(ctx, c.report)
	returned = true
}

// report passes an event to all who wait.
func (c *call[T]) report(e progress.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = &e
	for w := range c.waiters {
		w.sink.Report(e)
	}
}

// enter lets w wait, unless the work is cancelled already.
func (c *call[T]) enter(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.abandoned {
		return false
	}
	c.waiters[w] = struct{}{}
	if c.last != nil {
		w.sink.Report(*c.last)
	}
	return true
}

// leave reports whether w was the last one.
func (c *call[T]) leave(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiters, w)
	c.abandoned = len(c.waiters) == 0
	return c.abandoned
}

func (c *call[T]) wait(ctx context.Context, w *waiter) (value T, err error) {
	select {
	case <-c.done:
		c.leave(w)
	case <-ctx.Done():
		if !c.leave(w) {
			return value, context.Cause(ctx)
		}
		c.cancel(context.Cause(ctx))
		<-c.done
	}
	if c.broken != "" {
		panic("flight: the work did not return: " + c.broken)
	}
	return c.value, c.err
}
