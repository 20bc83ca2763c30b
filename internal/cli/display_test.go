package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"banger/api"
)

// age makes the display's step older than it is.
func (d *display) age(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.begun = d.begun.Add(-by)
}

func plainApp(out *bytes.Buffer) *app {
	return &app{Process: Process{Stderr: out, LookupEnv: func(string) (string, bool) { return "", false }}}
}

func TestProgressWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	a := plainApp(&out)
	d := a.display()
	d.report(api.Progress{Phase: "quick"})
	d.report(api.Progress{Phase: "build image \x1b[31mx"})
	d.age(2 * time.Second)
	d.draw()
	d.draw()
	d.report(api.Progress{Phase: "build image \x1b[31mx", Message: "Unpacking", Done: 1, Total: 2})
	d.age(90 * time.Second)
	d.report(api.Progress{Phase: "start"})
	d.done()
	if want := "build image ?[31mx ...\nbuild image ?[31mx took 1m32s\n"; out.String() != want {
		t.Errorf("said %q, want %q", &out, want)
	}
}

func TestQuietProgress(t *testing.T) {
	var out bytes.Buffer
	a := plainApp(&out)
	a.quiet = true
	d := a.display()
	d.report(api.Progress{Phase: "build"})
	d.age(time.Minute)
	d.done()
	if out.Len() != 0 {
		t.Errorf("said %q", &out)
	}
}

func TestProgressOnATerminal(t *testing.T) {
	s := newScreen(t, 24, 40)
	a := plainApp(nil)
	a.Stderr = s.tty
	d := a.display()
	d.report(api.Progress{Phase: "pull kernel", Message: strings.Repeat("long ", 20), Done: 3, Total: 4})
	d.age(time.Minute)
	d.draw()
	d.aside(func() { s.tty.WriteString("an answer\n") })
	d.done()
	lines := strings.Split(s.shown(), "\r\x1b[K")
	for _, line := range lines {
		if len(line) > 45 {
			t.Errorf("%q does not fit", line)
		}
	}
	all := strings.Join(lines, "")
	for _, want := range []string{"pull kernel 75% (60s): long", "an answer\r\n", "\x1b[2mpull kernel took 1m0s\x1b[0m"} {
		if !strings.Contains(all, want) {
			t.Errorf("the terminal lacks %q: %q", want, all)
		}
	}
}

func TestDescribe(t *testing.T) {
	for want, p := range map[string]api.Progress{
		"a":      {Phase: "a"},
		"a: b?":  {Phase: "a", Message: "b\n"},
		"a 50%":  {Phase: "a", Done: 1, Total: 2, Unit: "bytes"},
		"a 100%": {Phase: "a", Done: 9, Total: 2},
		"a 1.5M": {Phase: "a", Done: 3 << 19, Unit: "bytes"},
	} {
		if got := describe(p, 0); got != want {
			t.Errorf("%+v is %q, want %q", p, got, want)
		}
	}
}
