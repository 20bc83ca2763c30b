package flight

import (
	"context"
	"sync"

	"banger/internal/progress"
)

// Work is what a Group does for a key. It must heed its context and not outlive
// its own return.
type Work[T any] func(ctx context.Context, sink progress.Sink) (T, error)

// Group does one Work per key at a time. The zero value is ready.
type Group[T any] struct {
	mu    sync.Mutex
	calls map[string]*call[T] // those whose work has not ended
}

// Do returns what fn returned, or what the fn returned that another caller had
// started for key. sink may be nil. When ctx ends before the work does, Do returns ctx's cause; as the last to
// leave it cancels the work instead and returns what became of it.
//
// When fn panics or calls runtime.Goexit, every waiting Do panics.
func (g *Group[T]) Do(ctx context.Context, key string, sink progress.Sink, fn Work[T]) (T, error) {
	for {
		if err := context.Cause(ctx); err != nil {
			var none T
			return none, err
		}
		c := g.join(ctx, key, fn)
		w := &waiter{sink: sink}
		if c.enter(w) {
			return c.wait(ctx, w)
		}
		select { // its work was cancelled and is about to end
		case <-c.done:
		case <-ctx.Done():
		}
	}
}

// join finds the call for key or starts one.
func (g *Group[T]) join(ctx context.Context, key string, fn Work[T]) *call[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c, ok := g.calls[key]; ok {
		return c
	}
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	c := &call[T]{cancel: cancel, done: make(chan struct{}), waiters: map[*waiter]struct{}{}}
	if g.calls == nil {
		g.calls = map[string]*call[T]{}
	}
	g.calls[key] = c
	go func() {
		defer g.end(key, c)
		c.run(work, fn)
	}()
	return c
}

func (g *Group[T]) end(key string, c *call[T]) {
	g.mu.Lock()
	delete(g.calls, key)
	g.mu.Unlock()
	c.cancel(nil)
	close(c.done)
}
