package vmmtest

import (
	"bytes"
	"sync"
)

// Transcript is a Console or Log that can be read while it is written.
type Transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends p.
func (c *Transcript) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

// String is what has been written so far.
func (c *Transcript) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}
