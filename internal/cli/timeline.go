package cli

import (
	"fmt"
	"strings"
	"time"

	"banger/api"
)

// timeline is what a run did and how long each part took.
type timeline struct {
	begun  time.Time
	phases []api.Phase
}

func newTimeline() *timeline { return &timeline{begun: time.Now()} }

// measure begins a part; the function that it returns ends it.
func (t *timeline) measure(name string) (end func()) {
	begun := time.Now()
	return func() { t.add(name, time.Since(begun)) }
}

func (t *timeline) add(name string, lasted time.Duration) {
	t.phases = append(t.phases, api.Phase{Name: name, Millis: float64(lasted.Microseconds()) / 1000})
}

// within adds the parts of the part that was added last.
func (t *timeline) within(name string, parts []api.Phase) {
	for _, part := range parts {
		t.phases = append(t.phases, api.Phase{Name: name + "/" + part.Name, Millis: part.Millis})
	}
}

func (t *timeline) text() string {
	all := append(t.phases[:len(t.phases):len(t.phases)], api.Phase{Name: "total", Millis: float64(time.Since(t.begun).Microseconds()) / 1000})
	var b strings.Builder
	b.WriteString("timing:\n")
	for _, p := range all {
		fmt.Fprintf(&b, "%12.1f ms  %s\n", p.Millis, strings.Repeat("  ", strings.Count(p.Name, "/"))+plain(p.Name))
	}
	return b.String()
}
