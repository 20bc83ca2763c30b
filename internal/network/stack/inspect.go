package stack

import (
	"errors"
	"time"

	"banger/internal/network/greeting"
	"banger/internal/network/relay"
)

// patience is how long a guest may take to say its first words once it has begun. It may stay silent as long as it likes.
const patience = 10 * time.Second

// errName is why a connection was cut whose greeting the policy refuses.
var errName = errors.New("the rules do not allow the name that was asked for there")

// inspected is the guest's side of a connection whose first bytes decide whether it may go on. It is read from by one goroutine.
type inspected struct {
	relay.Conn
	flow    *flow
	decided bool
	held    []byte // read, and not passed on yet
}

// WaitRead implements relay.Conn.
func (c *inspected) WaitRead() {
	if len(c.held) == 0 {
		c.Conn.WaitRead()
	}
}

// Read implements net.Conn. The first call reads what decides.
func (c *inspected) Read(p []byte) (int, error) {
	if !c.decided {
		if err := c.decide(); err != nil {
			return 0, err
		}
	}
	if len(c.held) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.held)
	c.held = c.held[n:]
	return n, nil
}

// decide asks the policy again, with the greeting, and remembers what the flow is now known by.
func (c *inspected) decide() error {
	c.Conn.SetReadDeadline(time.Now().Add(patience))
	said, held, err := greeting.Read(c.Conn)
	c.Conn.SetReadDeadline(time.Time{})
	if err != nil && len(held) == 0 {
		return err
	}
	if len(held) == 0 {
		c.decided = true
		return nil // it ended without a word, and nothing goes on
	}
	c.decided, c.held = true, held
	f := c.flow
	f.mu.Lock()
	f.attempt.Greeting = &said
	f.mu.Unlock()
	if v := f.network.decide(f.asked()); !v.Allow {
		f.refused(v.Rule, errName)
		return errName
	}
	return nil
}
