package child

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"unicode"
)

const (
	// MaxLog is how much of a process's output is kept, in bytes.
	MaxLog = 1 << 20
	// maxWords bounds the last line that is remembered, in bytes.
	maxWords = 300
)

// boundedLog passes on the first MaxLog bytes, remembers the end, and takes
// everything, so that the process never blocks on its output.
type boundedLog struct {
	to io.Writer

	mu     sync.Mutex
	passed int
	tail   []byte
}

// Write never fails: a log that cannot be written must not stop the machine.
func (l *boundedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if kept := p[:min(len(p), MaxLog-l.passed)]; len(kept) > 0 {
		l.to.Write(kept)
		l.passed += len(kept)
	}
	l.tail = append(l.tail, p[max(0, len(p)-2*maxWords):]...)
	l.tail = l.tail[max(0, len(l.tail)-2*maxWords):]
	return len(p), nil
}

func (l *boundedLog) lastLine() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := bytes.Split(bytes.TrimSpace(l.tail), []byte("\n"))
	clean := strings.Map(printable, string(lines[len(lines)-1]))
	return strings.ToValidUTF8(clean[:min(len(clean), maxWords)], "")
}

func printable(r rune) rune {
	if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
		return -1
	}
	return r
}
