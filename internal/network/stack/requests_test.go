package stack

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"

	"banger/internal/network/requests"
)

const (
	good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n"
	evil = "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n"
	okay = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
)

// web is a guest with a connection to a server that keeps all that it hears.
type web struct {
	*world
	t     *testing.T
	guest *gonet.TCPConn
	heard chan string // all, when it is over
}

// newWeb has the server do something for each request, and in the end listen until nothing more comes.
func newWeb(t *testing.T, handle func(c *net.TCPConn, in *bufio.Reader, q *http.Request)) *web {
	w, wire := newWorld(t, Limits{})
	w.setPolicy(onlyGood)
	e := &web{world: w, t: t, heard: make(chan string, 1)}
	w.serve(server4, func(c *net.TCPConn) {
		var all bytes.Buffer
		in := bufio.NewReader(io.TeeReader(c, &all))
		for {
			q, err := http.ReadRequest(in)
			if err != nil {
				break
			}
			handle(c, in, q)
		}
		io.Copy(io.Discard, in)
		e.heard <- all.String()
	})
	e.guest = newGuest(t, wire).mustDial(server4)
	return e
}

// says has the guest send something.
func (e *web) says(text string) {
	e.t.Helper()
	if _, err := io.WriteString(e.guest, text); err != nil {
		e.t.Error(err)
	}
}

// hears has it read an answer.
func (e *web) hears(want string) {
	e.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(e.guest, got); err != nil || string(got) != want {
		e.t.Errorf("the guest heard %q, %v, instead of %q", got, err, want)
	}
}

// ends waits for the end, which the server's side must have seen after so much.
func (e *web) ends(heard string) Event {
	e.t.Helper()
	if got := <-e.heard; got != heard {
		e.t.Errorf("the server heard %d bytes of %d: %.300q", len(got), len(heard), got)
	}
	return e.event(func(e Event) bool { return e.Kind == Closed })
}

// cut is ends for a connection that was refused, by a rule and with these names.
func (e *web) cut(heard, rule string, names ...string) {
	e.t.Helper()
	closed := e.ends(heard)
	refused := e.event(func(e Event) bool { return e.Kind == Refused })
	if refused.Rule != rule || !slices.Equal(refused.Attempt.Greeting.Names, names) || refused.Number != closed.Number || refused.Err != closed.Err {
		e.t.Errorf("refused as %+v, closed as %+v", refused, closed)
	}
	if errors.Is(closed.Err, requests.ErrUnclear) != (rule == ruleRequest) || closed.Err == nil {
		e.t.Errorf("closed with %v", closed.Err)
	}
	if _, err := io.ReadAll(e.guest); err == nil {
		e.t.Error("the guest saw an end in order")
	}
}

// answers reads the body and says okay.
func answers(c *net.TCPConn, _ *bufio.Reader, q *http.Request) {
	io.Copy(io.Discard, q.Body)
	io.WriteString(c, okay)
}

func TestALaterRequestIsDecidedUpon(t *testing.T) {
	for name, second := range map[string]string{
		"evil.test": evil,
		"":          strings.Replace(good, "Host", "X", 1),
	} {
		e := newWeb(t, answers)
		for range 3 {
			e.says(good)
			e.hears(okay)
		}
		e.says(second)
		e.cut(good+good+good, "good.test", slices.DeleteFunc([]string{name}, func(s string) bool { return s == "" })...)
	}
}

func TestPipelinedRequests(t *testing.T) {
	e := newWeb(t, func(*net.TCPConn, *bufio.Reader, *http.Request) {}) // no answers, so that none is in flight at the end
	e.says(good + good + evil + good)
	e.cut(good+good, "good.test", "evil.test")
}

func TestAnUnclearRequest(t *testing.T) {
	e := newWeb(t, answers)
	e.says(good)
	e.hears(okay)
	e.says("POST / HTTP/1.1\r\nHost: good.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n")
	e.cut(good, ruleRequest)
}

func TestLargeBodiesArriveWhole(t *testing.T) {
	body := strings.Repeat(evil, 100_000)
	chunked := "POST / HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n"
	for i := 0; i < len(body); {
		piece := body[i:min(i+1+i/3, len(body))]
		chunked += fmt.Sprintf("%x;a=b\r\n%s\r\n", len(piece), piece)
		i += len(piece)
	}
	for _, sent := range []string{
		fmt.Sprintf("POST / HTTP/1.1\r\nHost: good.test\r\nContent-Length: %d\r\n\r\n%s", len(body), body), chunked + "0\r\nX: y\r\n\r\n",
	} {
		e := newWeb(t, answers)
		e.says(sent + good)
		e.hears(okay + okay)
		e.guest.CloseWrite()
		if closed := e.ends(sent + good); closed.Err != nil || closed.Sent != int64(len(sent+good)) {
			t.Errorf("closed as %+v", closed)
		}
	}
}

func TestContinue(t *testing.T) {
	const head, more = "POST / HTTP/1.1\r\nHost: good.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"
	e := newWeb(t, func(c *net.TCPConn, in *bufio.Reader, q *http.Request) {
		io.WriteString(c, more)
		answers(c, in, q)
	})
	for range 2 {
		e.says(head)
		e.hears(more)
		e.says("body")
		e.hears(okay)
	}
	e.says(evil)
	e.cut(head+"body"+head+"body", "good.test", "evil.test")
}

// TestAnEndAfterARequest has the answer come nevertheless.
func TestAnEndAfterARequest(t *testing.T) {
	var e *web
	ended := make(chan struct{})
	e = newWeb(t, func(c *net.TCPConn, in *bufio.Reader, q *http.Request) {
		io.Copy(io.Discard, in)
		close(ended)
		io.WriteString(c, okay)
	})
	e.says(good)
	e.guest.CloseWrite()
	<-ended
	e.hears(okay)
	if closed := e.ends(good); closed.Err != nil {
		t.Errorf("closed as %+v", closed)
	}
}

const upgrade = "GET / HTTP/1.1\r\nHost: good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

func TestAWebSocket(t *testing.T) {
	const agreed = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
	e := newWeb(t, func(c *net.TCPConn, in *bufio.Reader, _ *http.Request) {
		io.WriteString(c, agreed)
		word := make([]byte, 4+len(evil))
		if _, err := io.ReadFull(in, word); err == nil {
			c.Write(word)
		}
	})
	e.says(upgrade)
	e.hears(agreed)
	frame := "\x82\x7e\x00\x25" + evil // whatever is in it
	e.says(frame)
	e.hears(frame)
	e.guest.CloseWrite()
	if closed := e.ends(upgrade + frame); closed.Err != nil {
		t.Errorf("closed as %+v", closed)
	}
}

// TestAPretendedUpgrade asks a server for a WebSocket that has none, and goes on as if it had.
func TestAPretendedUpgrade(t *testing.T) {
	e := newWeb(t, answers)
	e.says(upgrade)
	e.hears(okay)
	e.says(good)
	e.hears(okay)
	e.says(evil)
	e.cut(upgrade+good, "good.test", "evil.test")

	e = newWeb(t, func(*net.TCPConn, *bufio.Reader, *http.Request) {}) // does not answer
	e.says(upgrade + evil)
	e.cut(upgrade, ruleRequest)
}

// TestAChangedPolicyIsAskedAboutTheLastRequest has it refuse a name that was allowed when it was said.
func TestAChangedPolicyIsAskedAboutTheLastRequest(t *testing.T) {
	e := newWeb(t, answers)
	e.says(good)
	e.hears(okay)
	e.setPolicy(func(a Attempt) Verdict {
		return Verdict{Allow: a.Greeting != nil && slices.Equal(a.Greeting.Names, []string{"better.test"}), Rule: "better.test", Inspect: true}
	})
	e.Recheck()
	closed := e.ends(good)
	refused := e.event(func(e Event) bool { return e.Kind == Refused })
	if refused.Rule != "better.test" || closed.Err != errNoLonger {
		t.Errorf("refused as %+v, closed as %+v", refused, closed)
	}
}
