package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"

	"banger/api"
)

// age makes the display's step older than it is.
func (d *display) age(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.begun, d.opened = d.begun.Add(-by), d.opened.Add(-by)
}

func plainApp(out *bytes.Buffer) *app {
	return &app{Process: Process{Stderr: out, LookupEnv: func(string) (string, bool) { return "", false }}}
}

// TestProgressWithoutATerminal: each step that lasts has a line, and another now and then.
func TestProgressWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	d := plainApp(&out).display(t.Context(), "")
	d.report(api.Progress{Phase: "quick"})
	d.report(api.Progress{Phase: "build image \x1b[31mx"})
	d.age(2 * time.Second)
	d.draw()
	d.age(5 * time.Second)
	d.draw()
	d.report(api.Progress{Phase: "build image \x1b[31mx", Message: "Unpacking", Done: 1, Total: 2})
	d.age(23 * time.Second)
	d.draw()
	d.draw()
	d.age(62 * time.Second)
	d.report(api.Progress{Phase: "start"})
	d.done(true)
	if want := "build image ?[31mx ...\nbuild image ?[31mx 50% (30s): Unpacking\nbuild image ?[31mx took 1m32s\n"; out.String() != want {
		t.Errorf("said %q, want %q", &out, want)
	}
}

// TestTheWholeTookSoLong: with a title there is one line at the end, and none when it failed.
func TestTheWholeTookSoLong(t *testing.T) {
	for well, want := range map[bool]string{true: "restore web took 1m0s\n", false: ""} {
		var out bytes.Buffer
		d := plainApp(&out).display(t.Context(), "restore web")
		d.report(api.Progress{Phase: "check snapshot"})
		d.age(time.Minute)
		d.report(api.Progress{Phase: "restore web"})
		d.done(well)
		if out.String() != want {
			t.Errorf("said %q, want %q", &out, want)
		}
	}
}

func TestQuietProgress(t *testing.T) {
	var out bytes.Buffer
	a := plainApp(&out)
	a.quiet = true
	d := a.display(t.Context(), "build")
	d.report(api.Progress{Phase: "build", Message: "x"})
	d.age(time.Minute)
	d.done(true)
	if out.Len() != 0 {
		t.Errorf("said %q", &out)
	}
}

// TestProgressAsJSON: an object for each word of the daemon's, and one for a step of which it says nothing.
func TestProgressAsJSON(t *testing.T) {
	var out bytes.Buffer
	a := plainApp(&out)
	a.json = true
	d := a.display(t.Context(), "fork web")
	d.age(2 * time.Second)
	d.draw()
	d.draw()
	d.report(api.Progress{Phase: "copy \u009bweb", Done: 1, Total: 2, Unit: "bytes"})
	d.done(true)
	want := `{"phase":"fork web"}` + "\n" + `{"phase":"copy \u009bweb","done":1,"total":2,"unit":"bytes"}` + "\n"
	if out.String() != want {
		t.Errorf("said %q, want %q", &out, want)
	}
	for line := range strings.Lines(out.String()) {
		var p api.Progress
		if err := json.Unmarshal([]byte(line), &p); err != nil || p.Phase == "" {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestProgressOnATerminal(t *testing.T) {
	s := newScreen(t, 24, 44)
	a := plainApp(nil)
	a.Stderr = s.tty
	d := a.display(t.Context(), "")
	d.report(api.Progress{Phase: "pull kernel", Message: strings.Repeat("世界 ", 20), Done: 3, Total: 4})
	d.age(time.Minute)
	d.draw()
	d.aside(func() { s.tty.WriteString("an answer\n") })
	d.done(true)
	all := s.shown()
	for _, line := range strings.FieldsFunc(all, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if n := displaywidth.String(strings.TrimSuffix(line, "\x1b[K")); n > 44-spared && !strings.Contains(line, "took") {
			t.Errorf("%q takes %d, and has no room for ^C", line, n)
		}
	}
	for _, want := range []string{"[=======   ] pull kernel 75% (60s): ", "\r\x1b[Kan answer\r\n", "\x1b[2mpull kernel took 1m0s\x1b[0m"} {
		if !strings.Contains(all, want) {
			t.Errorf("the terminal lacks %q: %q", want, all)
		}
	}
}

// TestNothingMovesWhereItIsNotWanted: NO_COLOR and TERM=dumb get lines.
func TestNothingMovesWhereItIsNotWanted(t *testing.T) {
	for name, value := range map[string]string{"NO_COLOR": "1", "TERM": "dumb"} {
		s := newScreen(t, 24, 80)
		a := &app{Process: Process{Stderr: s.tty, LookupEnv: func(asked string) (string, bool) {
			return map[string]string{name: value}[asked], asked == name
		}}}
		d := a.display(t.Context(), "stop web")
		d.age(time.Minute)
		d.draw()
		d.done(true)
		if got := strings.TrimSpace(s.shown()); got != "stop web ...\r\nstop web took 1m0s" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestTheLineObeysANewSize: each frame asks for the terminal's width.
func TestTheLineObeysANewSize(t *testing.T) {
	p := api.Progress{Phase: "build image", Message: strings.Repeat("x", 200), Done: 1, Total: 3, Unit: "bytes"}
	for width, want := range map[int]string{80: "[======              ] build image 1B of 3B", 50: "[===       ] build image", 30: "/ build image", 3: "…", 1: "…"} {
		line := movingLine(p, 0, 1, width)
		if n := displaywidth.String(line); !strings.HasPrefix(line, want) || n > max(1, width-spared) {
			t.Errorf("width %d: %q takes %d", width, line, n)
		}
	}
}

// TestInterruptTakesTheLineAway at once, and says after a while what is waited for.
func TestInterruptTakesTheLineAway(t *testing.T) {
	s := newScreen(t, 24, 80)
	ctx, cancel := context.WithCancel(t.Context())
	a := plainApp(nil)
	a.Stderr = s.tty
	d := a.display(ctx, "build image x")
	d.age(time.Minute)
	d.draw()
	cancel()
	s.waitFor(t, "Ctrl-C again")
	d.done(false)
	all := s.shown()
	if last := all[strings.LastIndex(all, "build image x"):]; !strings.Contains(last, "\r\x1b[K\x1b[2minterrupted") {
		t.Errorf("the terminal shows %q", all)
	}
}

func TestDescribe(t *testing.T) {
	for want, p := range map[string]api.Progress{
		"a":               {Phase: "a"},
		"a: b?":           {Phase: "a", Message: "b\n"},
		"a 1.5K of 3K":    {Phase: "a", Done: 3 << 9, Total: 3 << 10, Unit: "bytes"},
		"a 100%":          {Phase: "a", Done: 9, Total: 2},
		"a 50%":           {Phase: "a", Done: 1, Total: 2, Unit: "%"},
		"a 1 of 2: for b": {Phase: "a", Done: 1, Total: 2, Unit: "names", Message: "for b"},
		"a 1.5M":          {Phase: "a", Done: 3 << 19, Unit: "bytes"},
		"a 0%":            {Phase: "a", Done: -5, Total: 2},
	} {
		if got := describe(p, 0); got != want {
			t.Errorf("%+v is %q, want %q", p, got, want)
		}
	}
}
