package flight

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"banger/internal/progress"
)

// work is a Work that ends when it is told to.
type work struct {
	runs    atomic.Int32
	ctx     context.Context
	sink    progress.Sink
	finish  chan struct{}
	cleanup time.Duration
}

func (w *work) do(ctx context.Context, sink progress.Sink) (string, error) {
	w.runs.Add(1)
	w.ctx, w.sink = ctx, sink
	select {
	case <-w.finish:
		return "done", nil
	case <-ctx.Done():
		time.Sleep(w.cleanup)
		return "", fmt.Errorf("cut off: %w", context.Cause(ctx))
	}
}

func newWork() *work { return &work{finish: make(chan struct{})} }

type result struct {
	value string
	err   error
	after time.Duration
}

// start runs Do in a goroutine.
func start(g *Group[string], ctx context.Context, sink progress.Sink, fn Work[string]) <-chan result {
	out := make(chan result, 1)
	begin := time.Now()
	go func() {
		value, err := g.Do(ctx, "key", sink, fn)
		out <- result{value, err, time.Since(begin)}
	}()
	return out
}

func TestWorkIsDoneOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[string]
		w := newWork()
		var outs []<-chan result
		for range 10 {
			outs = append(outs, start(&g, t.Context(), nil, w.do))
		}
		synctest.Wait()
		w.finish <- struct{}{}
		for i, out := range outs {
			if r := <-out; r.value != "done" || r.err != nil {
				t.Errorf("caller %d got %q, %v", i, r.value, r.err)
			}
		}
		if w.runs.Load() != 1 {
			t.Errorf("%d runs for 10 callers, want 1", w.runs.Load())
		}
		out := start(&g, t.Context(), nil, w.do)
		w.finish <- struct{}{}
		if <-out; w.runs.Load() != 2 {
			t.Errorf("%d runs after a later call, want 2", w.runs.Load())
		}
	})
}

func TestKeysDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[string]
		w := newWork()
		out := start(&g, t.Context(), nil, w.do)
		synctest.Wait()
		value, err := g.Do(t.Context(), "other", nil, func(context.Context, progress.Sink) (string, error) { return "other", nil })
		if value != "other" || err != nil {
			t.Errorf("the other key gave %q, %v", value, err)
		}
		w.finish <- struct{}{}
		<-out
	})
}

func TestErrorGoesToAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[string]
		failure := errors.New("no space")
		var outs []<-chan result
		for range 3 {
			outs = append(outs, start(&g, t.Context(), nil, func(context.Context, progress.Sink) (string, error) {
				time.Sleep(time.Second)
				return "", failure
			}))
		}
		for _, out := range outs {
			if r := <-out; !errors.Is(r.err, failure) {
				t.Errorf("error %v, want %v", r.err, failure)
			}
		}
	})
}

func TestOneCanLeaveAndTheWorkGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[string]
		w := newWork()
		type key struct{}
		first, leave := context.WithCancelCause(context.WithValue(t.Context(), key{}, "value"))
		early := start(&g, first, nil, w.do) // who started it may leave, too
		synctest.Wait()
		late := start(&g, t.Context(), nil, w.do)
		synctest.Wait()
		reason := errors.New("had enough")
		leave(reason)
		if r := <-early; !errors.Is(r.err, reason) || r.after != 0 {
			t.Errorf("who left got %v after %v, want %v at once", r.err, r.after, reason)
		}
		if w.ctx.Err() != nil {
			t.Error("the work was cancelled although one still waits")
		}
		if w.ctx.Value(key{}) != "value" {
			t.Error("the work does not see the values of its first caller's context")
		}
		w.finish <- struct{}{}
		if r := <-late; r.value != "done" || r.err != nil {
			t.Errorf("who stayed got %q, %v", r.value, r.err)
		}
	})
}

func TestLastToLeaveCancelsAndSeesTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[string]
		w := newWork()
		w.cleanup = time.Minute
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, errors.New("an hour is enough"))
		defer cancel()
		r := <-start(&g, ctx, nil, w.do)
		if r.err == nil || r.err.Error() != "cut off: an hour is enough" {
			t.Errorf("error %v, want what the work returned", r.err)
		}
		if want := time.Hour + time.Minute; r.after != want {
			t.Errorf("Do returned after %v, want %v: when the work had cleaned up", r.after, want)
		}
	})
}

func TestWhoComesDuringTheCleanUpStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[string]
		w := newWork()
		w.cleanup = time.Minute
		ctx, cancel := context.WithCancel(t.Context())
		first := start(&g, ctx, nil, w.do)
		synctest.Wait()
		cancel()
		synctest.Wait()
		second := start(&g, t.Context(), nil, w.do)
		impatient, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		if r := <-start(&g, impatient, nil, w.do); !errors.Is(r.err, context.DeadlineExceeded) || r.after != time.Second {
			t.Errorf("who gave up got %v after %v", r.err, r.after)
		}
		if w.runs.Load() != 1 {
			t.Fatalf("%d runs at a time", w.runs.Load())
		}
		if r := <-first; !errors.Is(r.err, context.Canceled) {
			t.Errorf("who cancelled got %v", r.err)
		}
		w.finish <- struct{}{}
		if r := <-second; r.value != "done" || r.err != nil || w.runs.Load() != 2 {
			t.Errorf("who came later got %q, %v in run %d, want a run of its own", r.value, r.err, w.runs.Load())
		}
	})
}

func TestEndedContextStartsNothing(t *testing.T) {
	var g Group[string]
	w := newWork()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Do(ctx, "key", nil, w.do); !errors.Is(err, context.Canceled) || w.runs.Load() != 0 {
		t.Errorf("error %v, %d runs", err, w.runs.Load())
	}
}

// listener keeps what its sink gets.
type listener struct {
	mu  sync.Mutex
	got []string
}

func (l *listener) hear(e progress.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, e.Phase)
}

func (l *listener) heard() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.got, " ")
}

func TestProgressGoesToAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[string]
		var first, late, left listener
		w := newWork()
		out1 := start(&g, t.Context(), first.hear, w.do)
		synctest.Wait()
		w.sink.Phase("one")
		w.sink.Phase("two")
		ctx, leave := context.WithCancel(t.Context())
		out2 := start(&g, t.Context(), late.hear, w.do)
		out3 := start(&g, ctx, left.hear, w.do)
		out4 := start(&g, t.Context(), nil, w.do)
		synctest.Wait()
		if late.heard() != "two" {
			t.Errorf("who joined late heard %q at once, want the newest", late.heard())
		}
		leave()
		<-out3
		w.sink.Phase("three")
		w.finish <- struct{}{}
		<-out1
		<-out2
		<-out4
		w.sink.Phase("too late")
		for l, want := range map[*listener]string{&first: "one two three", &late: "two three", &left: "two"} {
			if l.heard() != want {
				t.Errorf("heard %q, want %q", l.heard(), want)
			}
		}
	})
}

func TestPanicReachesThoseWhoWait(t *testing.T) {
	for name, fn := range map[string]Work[string]{
		"panic": func(context.Context, progress.Sink) (string, error) { time.Sleep(time.Second); panic("oh dear") },
		"goexit": func(context.Context, progress.Sink) (string, error) {
			time.Sleep(time.Second)
			runtime.Goexit()
			return "", nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			var g Group[string]
			panics := make(chan any, 2)
			for range 2 {
				go func() {
					defer func() { panics <- recover() }()
					g.Do(t.Context(), "key", nil, fn)
				}()
			}
			for range 2 {
				p, ok := (<-panics).(string)
				if !ok || name == "panic" && !(strings.Contains(p, "oh dear") && strings.Contains(p, "flight_test.go")) {
					t.Errorf("%s: recovered %q, want the panic and where it was", name, p)
				}
			}
			w := newWork()
			out := start(&g, t.Context(), nil, w.do)
			w.finish <- struct{}{}
			if r := <-out; r.value != "done" {
				t.Errorf("%s: the next call got %q, %v", name, r.value, r.err)
			}
		})
	}
}

func TestComingAndGoingUnderLoad(t *testing.T) {
	var g Group[int]
	var mu sync.Mutex
	running := map[string]int{}
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*time.Millisecond)
			defer cancel()
			key := fmt.Sprint(i % 3)
			g.Do(ctx, key, func(progress.Event) {}, func(ctx context.Context, sink progress.Sink) (int, error) {
				mu.Lock()
				running[key]++
				if running[key] > 1 {
					t.Errorf("%d at once for key %s", running[key], key)
				}
				mu.Unlock()
				sink.Phase("working")
				select {
				case <-ctx.Done():
				case <-time.After(time.Millisecond):
				}
				mu.Lock()
				running[key]--
				mu.Unlock()
				return i, ctx.Err()
			})
		})
	}
	wg.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.calls) != 0 {
		t.Errorf("%d calls left", len(g.calls))
	}
}
