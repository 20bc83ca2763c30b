package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Status is how a thing is.
type Status string

// The statuses; the package comment says what each means.
const (
	OK   Status = "ok"
	Warn Status = "warn"
	Fail Status = "fail"
)

// Row is the outcome of one check.
type Row struct {
	Code   string `json:"code"`
	Status Status `json:"status"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`
}

// Report is every row, in the order in which the checks stand.
type Report struct {
	Version string `json:"version"`
	OK      bool   `json:"ok"` // nothing failed
	Checks  []Row  `json:"checks"`
}

// exit is the exit status: 1 when a row failed or, with strict, wants a look.
func (r Report) exit(strict bool) int {
	for _, row := range r.Checks {
		if row.Status == Fail || strict && row.Status != OK {
			return 1
		}
	}
	return 0
}

func (r Report) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

func (r Report) writeText(w io.Writer) error {
	width := 0
	for _, row := range r.Checks {
		width = max(width, len(row.Code))
	}
	var text strings.Builder
	for _, row := range r.Checks {
		fmt.Fprintf(&text, "%-4s  %-*s  %s\n", row.Status, width, row.Code, row.Detail)
		if row.Remedy != "" {
			fmt.Fprintf(&text, "%-4s  %-*s  -> %s\n", "", width, "", row.Remedy)
		}
	}
	text.WriteString(r.verdict() + "\n")
	_, err := io.WriteString(w, text.String())
	return err
}

func (r Report) verdict() string {
	count := map[Status]int{}
	for _, row := range r.Checks {
		count[row.Status]++
	}
	switch {
	case count[Fail] > 0:
		return fmt.Sprintf("This host is not ready: %d failed, %d to look at.", count[Fail], count[Warn])
	case count[Warn] > 0:
		return fmt.Sprintf("This host is ready; %d to look at.", count[Warn])
	}
	return "This host is ready."
}

// plain makes a row fit for a terminal: names of files and what programs say may hold anything.
func (r Row) plain() Row {
	clean := func(s string) string {
		s = strings.Join(strings.Fields(s), " ")
		return strings.Map(func(c rune) rune {
			if unicode.IsPrint(c) {
				return c
			}
			return unicode.ReplacementChar
		}, s)
	}
	r.Detail, r.Remedy = clean(r.Detail), clean(r.Remedy)
	return r
}
