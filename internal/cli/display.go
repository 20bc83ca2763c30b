package cli

import (
	"context"
	"fmt"
	"sync"
	"time"

	"banger/api"
	"banger/client"
)

const (
	// longStep is how long a step takes that gets a line saying so.
	longStep = 3 * time.Second
	// shortStep is how long a step may take before it is mentioned at all.
	shortStep = time.Second
	// blink is how long a command may take before a line moves on a terminal.
	blink     = 300 * time.Millisecond
	frameTime = 100 * time.Millisecond
	// reminder is how long a step takes that is mentioned again; then twice as long, and so on.
	reminder = 10 * time.Second
)

// display shows the progress of one operation on standard error: on a terminal as one line that moves, with --json
// as objects, elsewhere as a line for each step that lasts.
type display struct {
	a      *app
	title  string // of the whole; empty when each step counts for itself
	live   bool
	opened time.Time
	ended  chan struct{}
	drawn  sync.WaitGroup

	mu      sync.Mutex
	step    api.Progress
	begun   time.Time
	mention time.Duration // how long the step takes that gets its next line
	frame   int
	visible bool // the moving line is there
}

// display begins one. Its owner calls done, after which nothing is drawn. A title is the first step, and
// the end says how long it took; without one the end of each step does.
func (a *app) display(ctx context.Context, title string) *display {
	now := time.Now()
	d := &display{a: a, title: title, live: a.style(a.Stderr).escapes && !a.json, opened: now, ended: make(chan struct{})}
	d.step, d.begun, d.mention = api.Progress{Phase: title}, now, shortStep
	a.shown.Store(d)
	if !a.quiet {
		d.drawn.Go(func() { d.animate(ctx) })
	}
	return d
}

// watch shows the progress of what do does.
func watch[T any](ctx context.Context, a *app, title string, do func(client.Progress) (T, error)) (T, error) {
	shown := a.display(ctx, title)
	result, err := do(shown.report)
	shown.done(err == nil)
	return result, err
}

// report takes a word of progress.
func (d *display) report(p api.Progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.Phase != d.step.Phase {
		d.finish()
		d.begun, d.mention = time.Now(), shortStep
	}
	d.step = p
	if d.a.json && !d.a.quiet {
		d.a.event(p)
		d.mention = reminder
	}
}

// done ends the last step, takes the moving line away and says how long what went well took.
func (d *display) done(well bool) {
	close(d.ended)
	d.drawn.Wait()
	d.a.shown.CompareAndSwap(d, nil)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.finish()
	if d.title != "" && well {
		d.sayTook(d.title, d.opened)
	}
	d.step = api.Progress{}
}

// aside has something else printed without the moving line in between.
func (d *display) aside(print func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.erase()
	print()
}

func (d *display) finish() {
	d.erase()
	if d.title == "" && d.step.Phase != "" {
		d.sayTook(d.step.Phase, d.begun)
	}
}

func (d *display) sayTook(what string, begun time.Time) {
	if lasted := time.Since(begun); lasted >= longStep {
		d.a.say(fmt.Sprintf("%s took %s", what, took(lasted)))
	}
}

func (d *display) animate(ctx context.Context) {
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	for {
		select {
		case <-d.ended:
			return
		case <-ctx.Done():
			d.interrupted()
			return
		case <-tick.C:
			d.draw()
		}
	}
}

// interrupted takes the line away at once: another Ctrl-C ends this process as it stands.
func (d *display) interrupted() {
	d.aside(func() {})
	select {
	case <-d.ended:
	case <-time.After(shortStep):
		d.aside(func() {
			d.a.say("interrupted; what was begun is being undone, and Ctrl-C again does not wait for that")
		})
	}
}

func (d *display) draw() {
	d.mu.Lock()
	defer d.mu.Unlock()
	lasted := time.Since(d.begun)
	switch {
	case d.step.Phase == "":
	case d.live && time.Since(d.opened) >= blink:
		d.frame++
		d.visible = true
		fmt.Fprint(d.a.Stderr, "\r", movingLine(d.step, lasted, d.frame, d.a.style(d.a.Stderr).width), "\x1b[K")
	case !d.live && lasted >= d.mention:
		d.say(lasted)
		d.mention = max(reminder, 2*lasted)
	}
}

// say mentions the step, and later how far it is.
func (d *display) say(lasted time.Duration) {
	switch {
	case d.a.json:
		d.a.event(d.step)
	case d.mention == shortStep:
		fmt.Fprintln(d.a.Stderr, plain(d.step.Phase)+" ...")
	default:
		fmt.Fprintln(d.a.Stderr, describe(d.step, lasted))
	}
}

func (d *display) erase() {
	if d.visible {
		d.visible = false
		fmt.Fprint(d.a.Stderr, "\r\x1b[K")
	}
}
