package web

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func to(addr string) Dial {
	return func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", addr) }
}

func want(t *testing.T, what string, dial Dial, http, secure bool) {
	t.Helper()
	if gotHTTP, gotTLS := Probe(t.Context(), dial); gotHTTP != http || gotTLS != secure {
		t.Errorf("%s: HTTP %v, TLS %v", what, gotHTTP, gotTLS)
	}
}

func TestWebServers(t *testing.T) {
	var asked *http.Request
	status := http.StatusOK
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		w.WriteHeader(status)
	})
	plain, secure := httptest.NewServer(page), httptest.NewUnstartedServer(page)
	defer plain.Close()
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of the plain question
	secure.StartTLS()
	defer secure.Close()
	for _, status = range []int{200, 301, 400, 404, 405, 500} {
		want(t, "plain", to(plain.Listener.Addr().String()), true, false)
	}
	want(t, "over TLS", to(secure.Listener.Addr().String()), true, true) // it answers a plain question by a plain status 400
	if asked.Method != "HEAD" || asked.URL.Path != "/" || asked.Host != "localhost" || !asked.Close {
		t.Errorf("asked: %s %s of %s, close %v", asked.Method, asked.URL, asked.Host, asked.Close)
	}
}

// server answers what it is asked, in plain or, if it has that, over TLS.
type server struct {
	plain func(net.Conn)
	tls   func(net.Conn) // nil: it has none
	calls int
}

func (s *server) dial(context.Context) (net.Conn, error) {
	s.calls++
	here, there := net.Pipe()
	go func() {
		defer there.Close()
		first := make([]byte, 4096)
		n, _ := there.Read(first)
		switch {
		case n > 0 && first[0] != 0x16:
			s.plain(there)
		case n > 0 && s.tls != nil:
			over := tls.Server(begun{there, strings.NewReader(string(first[:n]))}, config)
			if n, _ := over.Read(first); n > 0 {
				s.tls(over)
			}
		}
	}()
	return here, nil
}

// begun is a connection of which something was read.
type begun struct {
	net.Conn
	first *strings.Reader
}

func (b begun) Read(p []byte) (int, error) {
	if b.first.Len() > 0 {
		return b.first.Read(p)
	}
	return b.Conn.Read(p)
}

var config = func() *tls.Config {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return s.TLS
}()

// says answers in pieces of one byte and stays; hangsUp does not.
func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		for i := range len(text) {
			c.Write([]byte(text[i : i+1]))
		}
		io.Copy(io.Discard, c)
	}
}

func hangsUp(net.Conn) {}

func TestServers(t *testing.T) {
	const alert, ok = "\x15\x03\x03\x00\x02\x02\x46", "HTTP/1.1 204 No Content\r\n\r\n"
	for name, tc := range map[string]struct {
		server
		http, secure bool
		calls        int
	}{
		"HTTP in small pieces":            {server{plain: says("HTTP/1.0 200 OK\r\n\r\n")}, true, false, 1},
		"HTTP and TLS at one port":        {server{plain: says(ok), tls: says(ok)}, true, false, 1},
		"an alert":                        {server{plain: says(alert), tls: says(ok)}, true, true, 2},
		"nothing":                         {server{plain: hangsUp, tls: says(ok)}, true, true, 2},
		"another protocol over TLS":       {server{plain: hangsUp, tls: says("* OK IMAP4rev1\r\n")}, false, true, 2},
		"silence over TLS":                {server{plain: says(alert), tls: says("")}, false, true, 2},
		"an alert, and then no handshake": {server{plain: says(alert)}, false, true, 2},
		"nothing, and no handshake":       {server{plain: hangsUp}, false, false, 2},
		"bad request, and no handshake":   {server{plain: says("HTTP/1.1 400 Bad Request\r\n")}, true, false, 2},
		"another protocol":                {server{plain: says("SSH-2.0-OpenSSH_9.2\r\n")}, false, false, 1},
		"almost HTTP":                     {server{plain: says("HTTP/1.1-200")}, false, false, 1},
		"HTTP/2":                          {server{plain: says("\x00\x00\x12\x04\x00\x00\x00\x00\x00")}, false, false, 1},
		"silence":                         {server{plain: says("")}, false, false, 1},
		"silence in the middle":           {server{plain: says("HTTP/1.")}, false, false, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			want(t, name, tc.dial, tc.http, tc.secure)
			if took := time.Since(started); took > time.Second {
				t.Errorf("%s: took %s", name, took)
			}
			if tc.calls != tc.server.calls {
				t.Errorf("%s: called %d times", name, tc.server.calls)
			}
		})
	}
}

func TestWhoDoesNotListen(t *testing.T) {
	calls := 0
	want(t, "nobody", func(context.Context) (net.Conn, error) { calls++; return nil, errors.New("refused") }, false, false)
	if calls != 1 {
		t.Errorf("called %d times", calls)
	}
	synctest.Test(t, func(t *testing.T) {
		want(t, "a dial that takes for ever", func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }, false, false)
	})
}

func TestCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &server{plain: func(c net.Conn) { cancel(); io.Copy(io.Discard, c) }}
		started := time.Now()
		if http, secure := Probe(ctx, s.dial); http || secure || time.Since(started) > 0 {
			t.Errorf("HTTP %v, TLS %v, after %s", http, secure, time.Since(started))
		}
	})
}

func TestMayAsk(t *testing.T) {
	if !slices.IsSorted(others) {
		t.Error("not in order, so some are not found")
	}
	for port, want := range map[uint16]bool{80: true, 443: true, 3000: true, 5000: true, 5173: true, 8000: true, 8080: true, 8443: true, 9200: true,
		22: false, 25: false, 3306: false, 5432: false, 6379: false, 27017: false} {
		if MayAsk(port) != want {
			t.Errorf("port %d: %v", port, !want)
		}
	}
}
