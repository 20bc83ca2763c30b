package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// figure is one line of the table.
type figure struct {
	what      string
	got, raw  string
	ratio     float64 // got to raw, 0 when there is none
	goal      string
	runs      int
	satisfied bool
}

// p50 is the median.
func p50(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

func millis(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
}

// atMostTimes is a figure whose goal is a multiple of the floor.
func atMostTimes(what string, got, raw []time.Duration, limit float64) figure {
	ratio := p50(got).Seconds() / p50(raw).Seconds()
	return figure{
		what: what, got: millis(p50(got)), raw: millis(p50(raw)), ratio: ratio, runs: len(got),
		goal: fmt.Sprintf("≤ %.2f × raw", limit), satisfied: ratio <= limit,
	}
}

// atMost is a figure whose goal is a time.
func atMost(what string, got, raw []time.Duration, limit time.Duration) figure {
	f := figure{what: what, got: millis(p50(got)), runs: len(got), goal: "≤ " + millis(limit), satisfied: p50(got) <= limit}
	if len(raw) > 0 {
		f.raw, f.ratio = millis(p50(raw)), p50(got).Seconds()/p50(raw).Seconds()
	}
	return f
}

// atMostBytes is a figure whose goal is a size.
func atMostBytes(what string, got, limit int64) figure {
	megabytes := func(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }
	return figure{what: what, got: megabytes(got), goal: "≤ " + megabytes(limit), runs: 1, satisfied: got <= limit}
}

// within is a figure that may differ from another by a fraction of that.
func within(what string, got, other []time.Duration, fraction float64) figure {
	f := atMost(what, got, other, 0)
	f.goal = fmt.Sprintf("the same within %.0f %%", 100*fraction)
	f.satisfied = f.ratio <= 1+fraction && f.ratio >= 1-fraction
	return f
}

// stated is a rate without a goal.
func stated(what string, bytes int64, got, raw []time.Duration) figure {
	rate := func(times []time.Duration) string {
		return fmt.Sprintf("%.0f MB/s", float64(bytes)/1e6/p50(times).Seconds())
	}
	f := figure{what: what, got: rate(got), runs: len(got), goal: "stated", satisfied: true}
	if len(raw) > 0 {
		f.raw, f.ratio = rate(raw), p50(got).Seconds()/p50(raw).Seconds()
	}
	return f
}

// print writes the table as Markdown and reports whether every goal was reached.
func print(w io.Writer, figures []figure) bool {
	fmt.Fprintln(w, "| what | banger, p50 | raw floor, p50 | times raw | goal | reached | runs |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	all := true
	for _, f := range figures {
		ratio, reached := "", "yes"
		if f.ratio > 0 {
			ratio = fmt.Sprintf("%.2f", f.ratio)
		}
		if !f.satisfied {
			reached, all = "**no**", false
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %d |\n", f.what, f.got, f.raw, ratio, f.goal, reached, f.runs)
	}
	return all
}
