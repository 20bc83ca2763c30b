package cli

import (
	"fmt"
	"strings"
	"time"

	"banger/api"
)

// Of a terminal's line, the rest is for the cursor and for the "^C" that the terminal itself puts there.
const spared = 3

// movingLine is a step on a terminal: a bar when it is known how much there is to do, else a wheel.
func movingLine(p api.Progress, lasted time.Duration, frame, width int) string {
	lead := string(`|/-\`[frame%4])
	if p.Total > 0 && width >= 60 {
		lead = bar(p, 20)
	} else if p.Total > 0 && width >= 40 {
		lead = bar(p, 10)
	}
	line := lead + " " + describe(p, lasted)
	if width == 0 {
		return line
	}
	return clip(line, width-spared)
}

func bar(p api.Progress, length int) string {
	full := int(int64(length) * ratio(p, 100) / 100)
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", length-full) + "]"
}

// ratio is how much of a step is done, of a whole.
func ratio(p api.Progress, whole int64) int64 {
	return int64(float64(min(max(p.Done, 0), p.Total)) / float64(p.Total) * float64(whole))
}

// describe is a step on one line.
func describe(p api.Progress, lasted time.Duration) string {
	var b strings.Builder
	b.WriteString(plain(p.Phase))
	if done := amount(p); done != "" {
		b.WriteString(" " + done)
	}
	if lasted >= shortStep {
		fmt.Fprintf(&b, " (%ds)", int(lasted.Seconds()))
	}
	if p.Message != "" {
		b.WriteString(": " + plain(p.Message))
	}
	return b.String()
}

// amount is how much of a step is done, empty when nobody knows.
func amount(p api.Progress) string {
	switch {
	case p.Total > 0 && p.Unit == "bytes":
		return fmt.Sprintf("%s of %s", bytesOf(max(p.Done, 0)), bytesOf(p.Total))
	case p.Total > 0 && p.Unit != "" && p.Unit != "%":
		return fmt.Sprintf("%d of %d", p.Done, p.Total)
	case p.Total > 0:
		return fmt.Sprintf("%d%%", ratio(p, 100))
	case p.Done > 0 && p.Unit == "bytes":
		return bytesOf(p.Done)
	}
	return ""
}
