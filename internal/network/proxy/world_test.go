package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"banger/internal/problem"
)

// limit bounds every wait of these tests; none comes near it when all is well.
const limit = time.Minute

// world is a proxy before guests, which servers of this host stand for.
type world struct {
	*Server
	t      *testing.T
	addr   string
	port   string
	client *http.Client // resolves every name to the proxy
}

// newWorld has the guests by name; one that is "" has no web port.
func newWorld(t *testing.T, guests map[string]string, admit func(net.Conn) bool) *world {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, addr: l.Addr().String()}
	_, w.port, _ = net.SplitHostPort(w.addr)
	w.Server = Serve(l, Config{
		Find: func(_ context.Context, name string) (string, error) {
			if name == "asleep" {
				return "", problem.New(problem.Conflict, "VM %q is stopped", name).WithRemedy("banger vm start %s", name)
			}
			if name == "broken" {
				return "", fmt.Errorf("the database is damaged")
			}
			if _, ok := guests[name]; !ok {
				return "", problem.New(problem.NotFound, "no VM is called %q", name)
			}
			return "id-" + name, nil
		},
		Dial: func(ctx context.Context, id string) (net.Conn, error) {
			addr := guests[strings.TrimPrefix(id, "id-")]
			if addr == "" {
				return nil, problem.New(problem.GuestFailed, "nothing \x1b[2J\x07listens in it").WithRemedy("start a server")
			}
			return new(net.Dialer).DialContext(ctx, "tcp", addr)
		},
		Admit: admit, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	t.Cleanup(w.Close)
	w.client = &http.Client{Timeout: limit, Transport: &http.Transport{
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", w.addr)
		},
	}}
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

// guest is a server that a VM has.
func guest(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// rude is a guest that answers with these bytes, whatever it is asked.
func rude(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				http.ReadRequest(bufio.NewReader(c))
				io.WriteString(c, answer)
			}()
		}
	}()
	return l.Addr().String()
}

// host is the Host of a VM.
func (w *world) host(name string) string { return name + ".localhost:" + w.port }

// do makes a request with headers, of which "Host" is one.
func (w *world) do(method, path string, headers map[string]string) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequest(method, "http://"+w.addr+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	req.Host = headers["Host"]
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp, text(w.t, resp)
}

// raw sends bytes and gives the answer to them.
func (w *world) raw(request string) (*http.Response, string) {
	w.t.Helper()
	c, err := net.Dial("tcp", w.addr)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(limit))
	if _, err := io.WriteString(c, request); err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		w.t.Fatalf("%q: %v", request, err)
	}
	return resp, text(w.t, resp)
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantOwnPage checks that an answer is the proxy's, and harmless.
func wantOwnPage(t *testing.T, name string, resp *http.Response, text string, status int, words ...string) {
	t.Helper()
	if resp.StatusCode != status || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: %s, %v, want %d and plain text; %q", name, resp.Status, resp.Header, status, text)
	}
	for _, word := range append(words, "banger: ") {
		if !strings.Contains(text, word) {
			t.Errorf("%s: %q does not say %q", name, text, word)
		}
	}
	if strings.ContainsAny(strings.ReplaceAll(text, "\n", ""), "\x00\x07\x1b\r") {
		t.Errorf("%s: control characters in %q", name, text)
	}
}
