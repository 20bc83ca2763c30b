package stack

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	server4 = "198.51.100.1:80"
	server6 = "[2001:db8::1]:80"
)

func TestBytesGoBothWaysAndEndsApart(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	sent := make([]byte, 3<<20)
	rand.NewChaCha8([32]byte{1}).Read(sent)
	for _, address := range []string{server4, server6} {
		w.serve(address, func(c *net.TCPConn) { // answers only when the guest has ended
			got, _ := io.ReadAll(c)
			c.Write(got)
		})
		c := g.mustDial(address)
		go func() {
			c.Write(sent)
			c.CloseWrite()
		}()
		got, err := io.ReadAll(c)
		if err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("%s: %d bytes of %d came back, %v", address, len(got), len(sent), err)
		}
		e := w.event(func(e Event) bool { return e.Kind == Closed && e.Attempt.Destination.String() == address })
		if e.Sent != int64(len(sent)) || e.Received != int64(len(sent)) || e.Err != nil || e.Rule != "all" || e.Duration <= 0 {
			t.Errorf("%s: closed as %+v", address, e)
		}
	}
}

func TestResetsAreResets(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	w.serve(server4, func(c *net.TCPConn) {
		io.ReadFull(c, make([]byte, 1))
		c.SetLinger(0)
	})
	c := g.mustDial(server4)
	c.Write([]byte("x"))
	if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF || !strings.Contains(err.Error(), "reset") {
		t.Errorf("a server's reset was seen as %v", err)
	}
	failed := make(chan error, 1)
	w.serve("198.51.100.2:80", func(c *net.TCPConn) {
		_, err := c.Read(make([]byte, 1))
		failed <- err
	})
	c = g.mustDial("198.51.100.2:80")
	w.event(func(e Event) bool { return e.Kind == Opened && e.Attempt.Destination.Addr().String() == "198.51.100.2" })
	g.reset(c)
	if err := <-failed; err == nil || err == io.EOF {
		t.Errorf("a guest's reset was seen as %v", err)
	}
}

func TestRefusals(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	w.setPolicy(func(a Attempt) Verdict { return Verdict{Allow: a.Destination.Port() != 25, Rule: "no mail"} })
	for address, want := range map[string]Event{
		"198.51.100.1:25":   {Kind: Refused, Rule: "no mail"},
		"198.51.100.1:9":    {Kind: Failed, Rule: "no mail"}, // nobody there
		"[2001:db8::1]:25":  {Kind: Refused, Rule: "no mail"},
		"172.16.3.8:25":     {Kind: Refused, Rule: "no mail"}, // another guest's
		"169.254.169.254:9": {Kind: Failed, Rule: "no mail"},
	} {
		if c, err := g.dial(address); err == nil {
			c.Close()
			t.Errorf("%s: connected", address)
			continue
		} else if !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %v", address, err)
		}
		e := w.event(func(e Event) bool { return e.Attempt.Destination.String() == address })
		if e.Kind != want.Kind || e.Rule != want.Rule {
			t.Errorf("%s: told as %+v", address, e)
		}
	}
}

func TestTwoThousandConnections(t *testing.T) {
	const many = 2000
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	w.serve(server4, echoes)
	conns := make([]net.Conn, many)
	var dialing sync.WaitGroup
	gate := make(chan struct{}, 100)
	for i := range conns {
		dialing.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			if c, err := g.dial(server4); err != nil {
				t.Error(err)
			} else {
				conns[i] = c
			}
		})
	}
	dialing.Wait()
	if t.Failed() {
		return
	}
	if len(w.connections) != many {
		t.Errorf("%d connections counted", len(w.connections))
	}
	var talking sync.WaitGroup
	for _, c := range conns {
		gate <- struct{}{}
		talking.Go(func() {
			defer func() { <-gate }()
			c.SetDeadline(time.Now().Add(60 * time.Second))
			word, back := bytes.Repeat([]byte("word"), 2000), make([]byte, 8000)
			if _, err := c.Write(word); err != nil {
				t.Error(err)
			} else if _, err := io.ReadFull(c, back); err != nil || !bytes.Equal(back, word) {
				t.Error("did not come back:", err)
			}
		})
	}
	talking.Wait()
	for _, c := range conns {
		c.Close()
	}
}

func TestRecheck(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	w.serve(server4, echoes)
	w.serve("198.51.100.9:80", echoes)
	stays, goes := g.mustDial(server4), g.mustDial("198.51.100.9:80")
	for range 2 {
		w.event(func(e Event) bool { return e.Kind == Opened })
	}
	talk(t, stays)
	talk(t, goes)
	w.setPolicy(func(a Attempt) Verdict {
		return Verdict{Allow: a.Destination.String() == server4, Rule: "only one"}
	})
	w.Recheck()
	if _, err := goes.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("the one that is refused now: %v", err)
	}
	if e := w.event(func(e Event) bool { return e.Kind == Closed }); e.Attempt.Destination.String() == server4 || !errors.Is(e.Err, errNoLonger) {
		t.Errorf("closed: %+v", e)
	}
	w.event(func(e Event) bool { return e.Kind == Refused && e.Rule == "only one" })
	talk(t, stays)
}

// TestAChangeWhileTheHostConnects refuses a connection that was allowed when it began.
func TestAChangeWhileTheHostConnects(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	w.serve(server4, echoes)
	w.config.Dialer = dialerFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		w.setPolicy(func(Attempt) Verdict { return Verdict{Rule: "nothing"} })
		w.Recheck()
		return w.DialContext(ctx, network, address)
	})
	if c, err := g.dial(server4); err == nil {
		c.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("it was not cut: %v", err)
		}
	}
	opened := w.event(func(e Event) bool { return e.Kind == Opened })
	if e := w.event(func(e Event) bool { return e.Kind == Refused }); e.Rule != "nothing" || e.Number != opened.Number {
		t.Errorf("told as %+v", e)
	}
	w.event(func(e Event) bool { return e.Kind == Closed && e.Err == errNoLonger })
}

// talk sends a word, or the given one, to a server that echoes.
func talk(t testing.TB, c net.Conn, words ...string) {
	t.Helper()
	word := append(words, "word")[0]
	back := make([]byte, len(word))
	if _, err := io.WriteString(c, word); err != nil {
		t.Error(err)
	} else if _, err := io.ReadFull(c, back); err != nil || string(back) != word {
		t.Error(string(back), err)
	}
}
