package cli

import (
	"fmt"
	"strings"
	"time"

	"banger/internal/config"
)

const shortIDLength = 12

// shortID is enough of an id to be a reference.
func shortID(id string) string { return plain(id[:min(len(id), shortIDLength)]) }

// age says how long ago t was, in its largest unit.
func age(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return span(now.Sub(t)) + " ago"
}

func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(max(d, 0).Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 2*day:
		return fmt.Sprintf("%dh", int(d.Hours()))
	case d < 2*365*day:
		return fmt.Sprintf("%dd", int(d/day))
	}
	return fmt.Sprintf("%dy", int(d/(365*day)))
}

// took is a duration for people, to three digits or so.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// timeOf is a time in whole seconds as one types it: 30m, 1h30m.
func timeOf(d time.Duration) string {
	text := d.String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// bytesOf is a size on disk.
func bytesOf(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%dB", n)
	}
	value, letters := float64(n)/unit, "KMGT"
	for value >= unit && len(letters) > 1 {
		value, letters = value/unit, letters[1:]
	}
	if value < 10 && value != float64(int64(value)) {
		return fmt.Sprintf("%.1f%c", value, letters[0])
	}
	return fmt.Sprintf("%.0f%c", value, letters[0])
}

// sizeOf is a nominal size, as a flag would take it.
func sizeOf(n int64) string { return config.FormatSize(n) }

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}
