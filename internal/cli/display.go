package cli

import (
	"fmt"
	"strings"
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
	frameTime = 100 * time.Millisecond
)

// display shows the progress of one operation on standard error: on a terminal as one
// line that moves, elsewhere as a line for each step that lasts.
type display struct {
	a     *app
	live  bool
	close chan struct{}
	drawn sync.WaitGroup

	mu    sync.Mutex
	step  api.Progress
	begun time.Time
	said  bool // elsewhere: the step has its line
	frame int
}

// display begins one. Its owner calls done, after which nothing is drawn.
func (a *app) display() *display {
	d := &display{a: a, live: isTerminal(a.Stderr) && a.getenv("TERM") != "dumb", close: make(chan struct{})}
	if !a.quiet {
		d.drawn.Go(d.animate)
	}
	return d
}

// watch shows the progress of what do does. A title names the whole, so that its end says how
// long it took.
func watch[T any](a *app, title string, do func(client.Progress) (T, error)) (T, error) {
	begun, shown := time.Now(), a.display()
	result, err := do(shown.report)
	shown.done()
	if lasted := time.Since(begun); err == nil && title != "" && lasted >= longStep {
		a.notice(title + " took " + took(lasted))
	}
	return result, err
}

// report takes a word of progress.
func (d *display) report(p api.Progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.Phase != d.step.Phase {
		d.finish()
		d.begun, d.said = time.Now(), false
	}
	d.step = p
}

// done ends the last step and takes the moving line away.
func (d *display) done() {
	close(d.close)
	d.drawn.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.finish()
	d.step = api.Progress{}
}

// aside has something else printed without the moving line in between.
func (d *display) aside(print func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.erase()
	print()
}

// finish says how long a long step took.
func (d *display) finish() {
	lasted := time.Since(d.begun)
	if d.step.Phase == "" || d.a.quiet {
		return
	}
	d.erase()
	if lasted >= longStep {
		d.a.notice(fmt.Sprintf("%s took %s", d.step.Phase, took(lasted)))
	}
}

func (d *display) animate() {
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	for {
		select {
		case <-d.close:
			return
		case <-tick.C:
			d.draw()
		}
	}
}

func (d *display) draw() {
	d.mu.Lock()
	defer d.mu.Unlock()
	lasted := time.Since(d.begun)
	switch {
	case d.step.Phase == "":
	case d.live:
		d.erase()
		d.frame++
		fmt.Fprint(d.a.Stderr, clip(string(`|/-\`[d.frame%4])+" "+describe(d.step, lasted), width(d.a.Stderr)-1))
	case lasted >= shortStep && !d.said:
		d.said = true
		fmt.Fprintln(d.a.Stderr, plain(d.step.Phase)+" ...")
	}
}

func (d *display) erase() {
	if d.live {
		fmt.Fprint(d.a.Stderr, "\r\x1b[K")
	}
}

// describe is a step on one line.
func describe(p api.Progress, lasted time.Duration) string {
	var b strings.Builder
	b.WriteString(plain(p.Phase))
	if p.Total > 0 {
		fmt.Fprintf(&b, " %d%%", min(100, 100*p.Done/p.Total))
	} else if p.Done > 0 && p.Unit == "bytes" {
		b.WriteString(" " + bytesOf(p.Done))
	}
	if lasted >= shortStep {
		fmt.Fprintf(&b, " (%ds)", int(lasted.Seconds()))
	}
	if p.Message != "" {
		b.WriteString(": " + plain(p.Message))
	}
	return b.String()
}

func clip(s string, width int) string {
	if runes := []rune(s); width > 0 && len(runes) > width {
		return string(runes[:width])
	}
	return s
}
