package logfile

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// stampLayout is that of a stamp, the space after it included.
const stampLayout = "2006-01-02T15:04:05.000Z "

// Stamped gives a writer that puts a stamp before each line of what it is given and
// passes it on to w, in one Write for each of its own. It is safe for concurrent use.
func Stamped(w io.Writer) io.Writer { return &stamper{w: w, now: time.Now} }

type stamper struct {
	w   io.Writer
	now func() time.Time

	mu      sync.Mutex
	midLine bool
	buf     []byte
}

func (s *stamper) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf = s.buf[:0]
	at := s.now().UTC()
	for line := range bytes.Lines(p) {
		if !s.midLine {
			s.buf = at.AppendFormat(s.buf, stampLayout)
		}
		s.buf = append(s.buf, line...)
		s.midLine = line[len(line)-1] != '\n'
	}
	if _, err := s.w.Write(s.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}
