package stack

import (
	"bufio"
	"io"
	"net"
	"slices"
	"testing"
)

// onlyGood allows what has no greeting yet, and then only HTTP to one name.
func onlyGood(a Attempt) Verdict {
	v := Verdict{Allow: true, Rule: "good.test", Inspect: true}
	if g := a.Greeting; g != nil {
		v.Allow = slices.Equal(g.Names, []string{"good.test"})
	}
	return v
}

func TestTheNameDecides(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	w.setPolicy(onlyGood)
	heard := make(chan string, 1)
	w.serve(server4, func(c *net.TCPConn) {
		io.WriteString(c, "hello\n") // the server may speak first
		said, _ := io.ReadAll(c)
		heard <- string(said)
	})
	for sent, allowed := range map[string]bool{
		"GET / HTTP/1.1\r\nHost: good.test\r\n\r\nbody": true,
		"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n":     false,
		"\x00\x00\x00\x08":                              false,
		"GET / HTTP/1.1\r\nHost: good":                  false,
		"":                                              true, // ends without a word: nothing is passed on
	} {
		c := g.mustDial(server4)
		if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || line != "hello\n" {
			t.Fatalf("%q: the server's word came as %q, %v", sent, line, err)
		}
		io.WriteString(c, sent)
		c.CloseWrite()
		want := ""
		if allowed {
			want = sent
		}
		if got := <-heard; got != want {
			t.Errorf("%q: the server heard %q", sent, got)
		}
		e := w.event(func(e Event) bool { return e.Kind == Closed })
		if (e.Err == nil) != allowed {
			t.Errorf("%q: closed as %+v", sent, e)
		}
		w.mu.Lock()
		refused := slices.ContainsFunc(w.events, func(e Event) bool { return e.Kind == Refused && e.Attempt.Greeting != nil })
		w.events = nil
		w.mu.Unlock()
		if refused == allowed {
			t.Errorf("%q: a refusal told: %v", sent, refused)
		}
	}
}
