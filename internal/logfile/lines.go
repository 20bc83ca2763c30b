package logfile

import (
	"bytes"
	"io"
	"time"
)

// Lines takes stamped text apart as it arrives. It is an io.Writer.
type Lines struct {
	// Piece is called with a piece of a line, the line's end included, and when the
	// line was begun: the zero time when no stamp has been seen so far. It may not keep text.
	Piece func(at time.Time, text []byte) error

	head   []byte // of a line whose stamp is not complete
	inText bool
	at     time.Time
}

// Write takes the next part of the log.
func (l *Lines) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		text := line
		if !l.inText {
			if l.head = append(l.head, line...); len(l.head) < len(stampLayout) && !ends(line) {
				continue
			}
			text = l.unstamp()
		}
		l.inText = !ends(line)
		if len(text) == 0 {
			continue
		}
		if err := l.Piece(l.at, text); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// unstamp takes the stamp off the head.
func (l *Lines) unstamp() []byte {
	text := l.head
	l.head = nil
	if len(text) < len(stampLayout) {
		return text
	}
	at, err := time.Parse(stampLayout, string(text[:len(stampLayout)]))
	if err != nil {
		return text
	}
	l.at = at
	return text[len(stampLayout):]
}

func ends(line []byte) bool { return line[len(line)-1] == '\n' }

// Since gives a writer that passes on to w, with their stamps, those lines that were begun at t or later.
func Since(w io.Writer, t time.Time) io.Writer {
	stamped := &stamper{w: w}
	return &Lines{Piece: func(at time.Time, text []byte) error {
		if at.Before(t) {
			return nil
		}
		stamped.now = func() time.Time { return at }
		_, err := stamped.Write(text)
		return err
	}}
}

// Unstamped gives a writer that passes what it is given on to w without stamps.
func Unstamped(w io.Writer) io.Writer {
	return &Lines{Piece: func(_ time.Time, text []byte) error {
		_, err := w.Write(text)
		return err
	}}
}
