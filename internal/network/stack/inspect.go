package stack

import (
	"errors"
	"slices"
	"time"

	"banger/internal/network/greeting"
	"banger/internal/network/relay"
	"banger/internal/network/requests"
)

// patience is how long a guest may take to say its first words, or a request, once it has begun. It may stay silent as long as it likes.
const patience = 10 * time.Second

// errName is why a connection was cut whose greeting the policy refuses.
var errName = errors.New("the rules do not allow the name that was asked for there")

// inspect gives both sides of a flow on which what the guest says decides whether it may go on.
func inspect(guest, server relay.Conn, f *flow) (relay.Conn, relay.Conn) {
	i := &inspected{replayed: replayed{Conn: guest}, flow: f}
	return i, answerer{server, &i.answer}
}

// inspected is the guest's side of such a flow. It is read from by one goroutine.
type inspected struct {
	replayed
	flow     *flow
	answer   requests.Answer
	decided  bool
	requests *requests.Reader // of what is left, if it is HTTP
}

// WaitRead implements relay.Conn.
func (c *inspected) WaitRead() {
	if c.requests == nil || !c.requests.Ready() {
		c.replayed.WaitRead()
	}
}

// Read implements net.Conn. The first call reads what decides.
func (c *inspected) Read(p []byte) (n int, err error) {
	if !c.decided {
		if err := c.greet(); err != nil {
			return 0, err
		}
	}
	if c.requests == nil {
		return c.replayed.Read(p)
	}
	c.patiently(func() { n, err = c.requests.Read(p) })
	if errors.Is(err, requests.ErrUnclear) {
		c.flow.greeted(&greeting.Greeting{Kind: greeting.HTTP})
		c.flow.refused(ruleRequest, err)
	}
	return n, err
}

// patiently has something read that has begun to come.
func (c *inspected) patiently(read func()) {
	c.Conn.SetReadDeadline(time.Now().Add(patience))
	read()
	c.Conn.SetReadDeadline(time.Time{})
}

// greet finds out what the guest speaks, and whether it may.
func (c *inspected) greet() error {
	var said greeting.Greeting
	var err error
	c.patiently(func() { said, c.held, err = greeting.Read(c.Conn) })
	if err != nil {
		return err // what comes too slowly is not known
	}
	c.decided = true
	switch {
	case len(c.held) == 0:
		return nil // it ended without a word, and nothing goes on
	case said.Kind == greeting.HTTP:
		c.requests = requests.New(&c.replayed, &c.answer, c.request)
		return nil
	}
	return c.flow.decide(said)
}

// request decides about the next one. The one before has decided if the names are the same: when the policy changes, it is asked again.
func (c *inspected) request(names []string) error {
	if before := c.flow.asked().Greeting; before != nil && slices.Equal(before.Names, names) {
		return nil
	}
	return c.flow.decide(greeting.Greeting{Kind: greeting.HTTP, Names: names})
}

// decide asks the policy again, with a greeting, by which the flow is known from now on.
func (f *flow) decide(said greeting.Greeting) error {
	f.greeted(&said)
	v := f.network.decide(f.asked())
	if v.Allow {
		return nil
	}
	f.refused(v.Rule, errName)
	return errName
}

// greeted remembers what the guest has said last.
func (f *flow) greeted(said *greeting.Greeting) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attempt.Greeting = said
}
