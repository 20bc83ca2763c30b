package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"banger/internal/logfile"
)

// logLine is a line of a log as JSON. Fields are added, never renamed.
type logLine struct {
	Time time.Time `json:"time"`
	Text string    `json:"text"`
}

// maxLine is the longest text that one object holds, in bytes; a longer line gets several.
const maxLine = 64 << 10

// jsonLines gathers the pieces of stamped lines and prints each line as JSON.
type jsonLines struct {
	w    io.Writer
	at   time.Time
	text []byte
}

// copyLogJSON prints a stamped log.
func (a *app) copyLogJSON(log io.Reader) error {
	lines := &jsonLines{w: a.Stdout}
	if err := copyTo(&logfile.Lines{Piece: lines.take}, log); err != nil || len(lines.text) == 0 {
		return err
	}
	return lines.print()
}

func (j *jsonLines) take(at time.Time, text []byte) error {
	j.at = at
	for len(text) > 0 {
		n := min(len(text), maxLine-len(j.text))
		j.text, text = append(j.text, text[:n]...), text[n:]
		if j.text[len(j.text)-1] != '\n' && len(j.text) < maxLine {
			continue
		}
		if err := j.print(); err != nil {
			return err
		}
	}
	return nil
}

func (j *jsonLines) print() error {
	line := logLine{j.at, string(bytes.TrimRight(j.text, "\r\n"))}
	j.text = j.text[:0]
	object, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(j.w, escapeJSON(string(object)))
	return err
}
