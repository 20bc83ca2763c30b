package stack

import (
	"bufio"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"banger/internal/network/relay"
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
		"POST / HTTP/1.1\r\nHost: good.test\r\nContent-Length: 4\r\n\r\nbody": true,
		"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n":                           false,
		"\x00\x00\x00\x08": false,
		"\r\nGET / HTTP/1.1\r\nHost: good.test\r\n\r\n": false, // bad grammar
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

// TestWhatComesTooSlowlyIsCut has a guest begin, and fall silent until patience ends: nobody knows what it is going to say.
func TestWhatComesTooSlowlyIsCut(t *testing.T) {
	for _, begun := range []string{"G", "GET / HTTP/1.1\r\nHost: good.", "\x16\x03"} {
		c, _ := inspect(&silent{said: begun}, nil, &flow{})
		if n, err := c.Read(make([]byte, 100)); n != 0 || err != os.ErrDeadlineExceeded {
			t.Errorf("%q: %d bytes and %v", begun, n, err)
		}
	}
}

// TestWhatIsHeldIsReadFirst has it be given piece by piece, and nobody wait for the guest in between.
func TestWhatIsHeldIsReadFirst(t *testing.T) {
	w, _ := newWorld(t, Limits{})
	c, _ := inspect(&silent{said: "\x00word"}, nil, &flow{network: w.Network})
	for _, want := range "\x00word" {
		piece := make([]byte, 1)
		if n, err := c.Read(piece); n != 1 || err != nil || piece[0] != byte(want) {
			t.Errorf("%q: %q, %v", want, piece[:n], err)
		}
		if want != 'd' {
			c.WaitRead() // silent has none
		}
	}
}

// silent is a guest that has begun to say something.
type silent struct {
	relay.Conn
	said string
}

func (s *silent) Read(p []byte) (int, error) {
	if s.said == "" {
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(p, s.said)
	s.said = s.said[n:]
	return n, nil
}

func (*silent) SetReadDeadline(time.Time) error { return nil }
