package e2e

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// lockedBuffer collects output that is read while it still grows.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// drain copies r to its end, which on a terminal is an error.
func (b *lockedBuffer) drain(r io.Reader) { io.Copy(b, r) }

// within checks that a printed number lies between two bounds.
func within(t *testing.T, what, printed string, low, high int64) {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(printed), 10, 64)
	if err != nil || n < low || n > high {
		t.Errorf("%s is %q, want %d to %d", what, printed, low, high)
	}
}
