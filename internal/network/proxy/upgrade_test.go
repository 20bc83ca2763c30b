package proxy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// echo sends back what comes through a WebSocket; its own look at Origin is that of a careless server.
func echo(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, Subprotocols: []string{"talk"}})
	if err != nil {
		return
	}
	defer c.CloseNow()
	for {
		kind, message, err := c.Read(r.Context())
		if err != nil {
			return
		}
		if c.Write(r.Context(), kind, message) != nil {
			return
		}
	}
}

func (w *world) websocket(ctx context.Context, headers http.Header) (*websocket.Conn, *http.Response, error) {
	return websocket.Dial(ctx, "ws://"+w.host("web")+"/talk", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: w.client.Transport}, HTTPHeader: headers, Subprotocols: []string{"talk"}, // its time is ctx's
	})
}

func TestWebSocket(t *testing.T) {
	w := newWorld(t, map[string]string{"web": guest(t, echo)}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	c, resp, err := w.websocket(ctx, http.Header{"Origin": {"http://" + w.host("web")}, "Sec-Fetch-Site": {"same-origin"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	if resp.StatusCode != 101 || c.Subprotocol() != "talk" {
		t.Errorf("%s, subprotocol %q", resp.Status, c.Subprotocol())
	}
	for _, word := range []string{"hello", "again"} {
		if err := c.Write(ctx, websocket.MessageText, []byte(word)); err != nil {
			t.Fatal(err)
		}
		if _, got, err := c.Read(ctx); err != nil || string(got) != word {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
}

func TestWebSocketsOfOtherOrigins(t *testing.T) {
	w := newWorld(t, map[string]string{"web": guest(t, echo), "evil": guest(t, echo)}, nil)
	own := "http://" + w.host("web")
	for name, headers := range map[string]http.Header{
		"another VM":              {"Origin": {"http://" + w.host("evil")}, "Sec-Fetch-Site": {"same-site"}},
		"another VM, old browser": {"Origin": {"http://" + w.host("evil")}},
		"another VM that lies":    {"Origin": {"http://" + w.host("evil")}, "Sec-Fetch-Site": {"same-origin"}},
		"a page":                  {"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}},
		"a sandbox":               {"Origin": {"null"}},
		"an empty one":            {"Origin": {""}},
		"another scheme":          {"Origin": {"https://" + w.host("web")}},
		"another port":            {"Origin": {"http://web.localhost"}},
		"two":                     {"Origin": {own, "https://evil.example"}},
		"the site is another":     {"Origin": {own}, "Sec-Fetch-Site": {"cross-site"}},
		"no origin, another site": {"Sec-Fetch-Site": {"same-site"}},
	} {
		c, resp, err := w.websocket(t.Context(), headers)
		if err == nil {
			c.CloseNow()
			t.Errorf("%s: it is let through", name)
		} else if resp == nil || resp.StatusCode != 403 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, protocol := range []string{"h2c", "websocket", ""} {
		resp, got := w.raw("GET / HTTP/1.1\r\nHost: " + w.host("web") + "\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\nOrigin: http://evil.example\r\n\r\n")
		wantOwnPage(t, protocol, resp, got, 403)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	asked := make(chan struct{})
	w := newWorld(t, map[string]string{"web": guest(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/talk" {
			echo(w, r)
			return
		}
		close(asked)
		<-r.Context().Done() // when the proxy hangs up
	})}, nil)
	c, _, err := w.websocket(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	quiet, err := net.Dial("tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer quiet.Close()
	answered := make(chan error, 1)
	go func() {
		req, err := http.NewRequest("GET", "http://"+w.addr, nil)
		if err == nil {
			req.Host = w.host("web")
			var resp *http.Response
			if resp, err = w.client.Do(req); err == nil && resp.Body.Close() == nil && resp.StatusCode == 502 {
				err = errors.New(resp.Status)
			}
		}
		answered <- err
	}()
	<-asked
	w.Close()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if _, _, err := c.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("the WebSocket: %v", err)
	}
	if _, err := quiet.Read(make([]byte, 1)); err == nil {
		t.Error("a connection without a request was answered")
	}
	if err := <-answered; err == nil {
		t.Error("the request was answered")
	}
	if _, err := net.Dial("tcp", w.addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("it still listens: %v", err)
	}
}
