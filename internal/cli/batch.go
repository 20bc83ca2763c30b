package cli

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"banger/api"
	"banger/client"
)

// batch does one thing to many at once and answers in the order given. Those that succeed are
// printed on standard output, the others explained on standard error.
type batch struct {
	verb string // "stop": for errors and progress
	do   func(ctx context.Context, ref string, progress client.Progress) error
}

// named is the title of a batch; many names would fill the line.
func (b batch) named(refs []string) string {
	const most = 3
	if n := len(refs); n > most {
		return fmt.Sprintf("%s %s and %d more", b.verb, strings.Join(refs[:most-1], ", "), n-most+1)
	}
	return b.verb + " " + strings.Join(refs, ", ")
}

func (a *app) runBatch(ctx context.Context, b batch, refs []string) error {
	if len(refs) == 0 {
		a.notice("nothing to " + b.verb)
		return nil
	}
	shown := a.display(ctx, b.named(refs))
	results := b.begin(ctx, shown, refs)
	failed := false
	var lost error
	for i, ref := range refs {
		err := <-results[i]
		failed = failed || err != nil
		if err != nil {
			err = a.meant(ctx, fmt.Errorf("%s %s: %w", b.verb, ref, err), ref)
			shown.aside(func() { a.sayError(err) })
		} else if lost == nil {
			shown.aside(func() { lost = a.print(plain(ref) + "\n") })
		}
	}
	shown.done(!failed)
	if lost == nil && failed {
		return exitStatus(statusFailed)
	}
	return lost
}

// begin does it to each, and gives where each one's end is told.
func (b batch) begin(ctx context.Context, shown *display, refs []string) []chan error {
	results := make([]chan error, len(refs))
	awaited := waiting{shown: shown, title: b.named(refs), refs: refs, ended: make([]bool, len(refs))}
	progress := client.Progress(shown.report)
	if len(refs) > 1 {
		progress = nil // the words of many would chase each other
	}
	for i, ref := range refs {
		results[i] = make(chan error, 1)
		go func() {
			err := b.do(ctx, ref, progress)
			awaited.end(i)
			results[i] <- err
		}()
	}
	return results
}

// waiting shows which of many are not done yet.
type waiting struct {
	shown *display
	title string
	refs  []string

	mu    sync.Mutex
	ended []bool
}

func (w *waiting) end(i int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended[i] = true
	var left []string
	for i, ended := range w.ended {
		if !ended {
			left = append(left, w.refs[i])
		}
	}
	if len(left) > 0 {
		total := len(w.refs)
		w.shown.report(api.Progress{Phase: w.title, Message: "waiting for " + strings.Join(left, ", "), Done: int64(total - len(left)), Total: int64(total), Unit: "names"})
	}
}
