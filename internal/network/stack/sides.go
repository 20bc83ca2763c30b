package stack

import (
	"banger/internal/network/relay"
	"banger/internal/network/requests"
)

// replayed is a connection of which something has been read that is still to be given.
type replayed struct {
	relay.Conn
	held []byte
}

// WaitRead implements relay.Conn.
func (c *replayed) WaitRead() {
	if len(c.held) == 0 {
		c.Conn.WaitRead()
	}
}

// Read implements net.Conn.
func (c *replayed) Read(p []byte) (int, error) {
	if len(c.held) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.held)
	if c.held = c.held[n:]; len(c.held) == 0 {
		c.held = nil // and nothing keeps the buffer
	}
	return n, nil
}

// answerer is the server's side, whose first bytes tell whether it has agreed to an upgrade.
type answerer struct {
	relay.Conn
	answer *requests.Answer
}

// Read implements net.Conn.
func (c answerer) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.answer.Saw(p[:n])
	return n, err
}
