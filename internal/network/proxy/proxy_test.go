package proxy

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// mirror answers with what it was asked.
func mirror(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Guest", "yes")
	fmt.Fprintf(w, "%s %s Host=%s", r.Method, r.RequestURI, r.Host)
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Connection", "X-Hop", "Accept-Encoding", "User-Agent"} {
		fmt.Fprintf(w, " %s=%s", name, strings.Join(r.Header.Values(name), ","))
	}
	fmt.Fprintf(w, " body=%s", body)
}

func TestARequestReachesItsGuest(t *testing.T) {
	w := newWorld(t, map[string]string{"web": guest(t, mirror), "db-2": guest(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the other") })}, nil)
	resp, got := w.raw("POST //a/%2e%2e/b?q=1;x=%zz HTTP/1.1\r\nHost: " + w.host("web") + "\r\nContent-Length: 4\r\n" +
		"X-Forwarded-For: 8.8.8.8\r\nX-Forwarded-Host: bank\r\nForwarded: for=8.8.8.8\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\nword")
	want := "POST //a/%2e%2e/b?q=1;x=%zz Host=" + w.host("web") + " X-Forwarded-For=127.0.0.1 X-Forwarded-Host=" + w.host("web") +
		" X-Forwarded-Proto=http Forwarded= Connection= X-Hop= Accept-Encoding= User-Agent= body=word"
	if got != want || resp.Header.Get("Guest") != "yes" || resp.Header.Get("Content-Type") != "text/html" {
		t.Errorf("%v\n%s\nwant\n%s", resp.Header, got, want)
	}
	if _, got := w.raw("GET / HTTP/1.1\r\nHost: db-2.localhost\r\n\r\n"); got != "the other" {
		t.Errorf("without a port, and another VM: %q", got)
	}
}

// Every one of these is somebody's try to reach what is not for them.
func TestHostsThatAreNoVMs(t *testing.T) {
	w := newWorld(t, map[string]string{"web": guest(t, mirror)}, nil)
	p := ":" + w.port
	for _, host := range []string{
		"", "localhost", "localhost" + p, "127.0.0.1" + p, "[::1]" + p, ".localhost" + p, "web", "web" + p, "evil.example" + p, "web.localhost.evil.example" + p,
		"web.localhost:1", "web.localhost:", "web.localhost" + p + p, "web.localhost.", "web.localhost." + p, "WEB.localhost" + p, "web.LOCALHOST" + p,
		"a.web.localhost" + p, "web.localhost.localhost" + p, "webb.localhost" + p, "we.localhost", "w%65b.localhost" + p, "*.localhost", "id-web.localhost", "xn--web.localhost", "127.0.0.1.localhost", strings.Repeat("a", 5000) + ".localhost",
	} {
		resp, got := w.raw("GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n")
		wantOwnPage(t, host, resp, got, 421, "banger vm list", "http://NAME.localhost")
		if len(got) > 400 || host != "" && !strings.HasPrefix(host, "w") && strings.Contains(got, `"web`) {
			t.Errorf("%q: too long, or it names a VM: %q", host, got)
		}
	}
	for _, request := range []string{
		"GET / HTTP/1.0\r\n\r\n",
		"GET http://web.localhost" + p + "/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", // which net/http takes for web's
		"GET http://web.localhost" + p + "/ HTTP/1.1\r\nHost: web.localhost\r\n\r\n",
		"GET http:web HTTP/1.1\r\nHost: web.localhost\r\n\r\n",
		"CONNECT web.localhost" + p + " HTTP/1.1\r\nHost: web.localhost" + p + "\r\n\r\n",
		"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: web.localhost" + p + "\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n",
	} {
		resp, got := w.raw(request)
		wantOwnPage(t, request, resp, got, 421)
	}
	for _, request := range []string{
		"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: evil.example\r\nHost: web.localhost\r\n\r\n", "GET / HTTP/1.1\r\nHost: web.localhost\x00\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: web.localhost@evil\r\n\r\n", "GET / HTTP/1.1\r\nHost: evil@web.localhost\r\n\r\n",
	} {
		if resp, got := w.raw(request); resp.StatusCode != 400 {
			t.Errorf("%q: %s %s", request, resp.Status, got)
		}
	}
}

func TestPagesOfOtherOrigins(t *testing.T) {
	w := newWorld(t, map[string]string{"web": guest(t, mirror), "evil": guest(t, mirror)}, nil)
	own := "http://" + w.host("web")
	for _, c := range []struct {
		method, site, origin string
		want                 int
	}{
		{"POST", "", "", 200}, // no browser
		{"POST", "same-origin", own, 200},
		{"POST", "same-origin", "null", 200}, // a form of a page with Referrer-Policy: no-referrer
		{"POST", "none", "", 200},            // typed by the user
		{"POST", "", own, 200},               // an old browser
		{"POST", "same-site", "http://" + w.host("evil"), 403},
		{"POST", "same-site", "", 403},
		{"POST", "cross-site", "https://evil.example", 403},
		{"POST", "cross-site", own, 403},
		{"POST", "SAME-ORIGIN", own, 403},
		{"POST", "", "http://" + w.host("evil"), 403},
		{"POST", "", "https://evil.example", 403},
		{"POST", "", "http://web.localhost", 403},
		{"POST", "", "http://web.localhost:1", 403},
		{"POST", "", own + ".evil.example", 403},
		{"POST", "", "null", 403},
		{"PUT", "cross-site", "", 403},
		{"DELETE", "same-site", "", 403},
		{"PATCH", "cross-site", "", 403},
		{"TRACE", "cross-site", "", 403},
		{"PROPFIND", "cross-site", "", 403},
		{"post", "cross-site", "", 403},
		{"GET", "cross-site", "https://evil.example", 200}, // a link
		{"HEAD", "cross-site", "", 200},
		{"OPTIONS", "cross-site", "https://evil.example", 200}, // a preflight, which is the guest's to answer
	} {
		headers := map[string]string{"Host": w.host("web")}
		if c.site != "" {
			headers["Sec-Fetch-Site"] = c.site
		}
		if c.origin != "" {
			headers["Origin"] = c.origin
		}
		name := fmt.Sprintf("%+v", c)
		resp, got := w.do(c.method, "/", headers)
		if c.want == 403 {
			wantOwnPage(t, name, resp, got, 403, `"web"`, "http://"+w.host("web"))
		} else if resp.StatusCode != c.want || resp.Header.Get("Guest") == "" {
			t.Errorf("%s: %s %s", name, resp.Status, got)
		}
	}
}

func TestGuestsThatCannotAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	w := newWorld(t, map[string]string{
		"bare": "", "closed": closed, "mute": rude(t, ""), "ssh": rude(t, "SSH-2.0-\x1b]0;evil\x07<script>\r\n"),
		"header":   rude(t, "HTTP/1.1 200 OK\r\nevil\x1b[2J<script>\r\n\r\n"),
		"long":     rude(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("a", 2*maxAnswerHeader)+"\r\n\r\n"),
		"many":     rude(t, strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("a", 1000)+"\r\n\r\n", 1000)),
		"switches": rude(t, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: evil\r\n\r\n"),
		"length":   rude(t, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
	}, nil)
	for name, want := range map[string]struct {
		status int
		words  []string
	}{
		"asleep": {503, []string{`VM "asleep" is stopped`, "\n  banger vm start asleep\n"}},
		"broken": {500, []string{"the database is damaged"}},
		"bare":   {502, []string{"nothing [2Jlistens in it", "\n  start a server\n"}},
		"closed": {502, []string{"does not answer as a web server does", "refused"}},
		"mute":   {502, nil}, "ssh": {502, nil}, "header": {502, nil}, "long": {502, nil}, "switches": {502, nil}, "length": {502, nil},
	} {
		resp, got := w.do("GET", "/", map[string]string{"Host": w.host(name)})
		wantOwnPage(t, name, resp, got, want.status, want.words...)
		if len(got) > 600 {
			t.Errorf("%s: %d bytes of a page", name, len(got))
		}
	}
	if resp, got := w.do("GET", "/", map[string]string{"Host": w.host("many")}); resp.StatusCode != 502 {
		t.Errorf("headers without end: %s %s", resp.Status, got)
	}
}

// A guest that breaks off must not look like one that has said all.
func TestABodyThatBreaksOff(t *testing.T) {
	w := newWorld(t, map[string]string{"web": rude(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")}, nil)
	req, err := http.NewRequest("GET", "http://"+w.addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = w.host("web")
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("%q, and no error", got)
	}
}

func TestEventsComeAtOnce(t *testing.T) {
	next := make(chan string)
	w := newWorld(t, map[string]string{"web": guest(t, func(w http.ResponseWriter, _ *http.Request) {
		for event := range next {
			fmt.Fprintln(w, event)
			w.(http.Flusher).Flush()
		}
	})}, nil)
	req, err := http.NewRequest("GET", "http://"+w.addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = w.host("web")
	go func() { next <- "first" }()
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for _, want := range []string{"first", "second", "third"} {
		if want != "first" {
			next <- want
		}
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("%q, %v, want %q", lines.Text(), lines.Err(), want)
		}
	}
	close(next)
	if lines.Scan() {
		t.Errorf("more: %q", lines.Text())
	}
}

func TestWhoMayNotConnectIsReset(t *testing.T) {
	admit := make(chan bool, 2)
	w := newWorld(t, map[string]string{"web": guest(t, mirror)}, func(net.Conn) bool { return <-admit })
	admit <- false
	c, err := net.Dial("tcp", w.addr)
	if err == nil { // else it has seen the reset already
		defer c.Close()
		_, err = c.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client saw %v", err)
	}
	admit <- true
	if resp, got := w.do("GET", "/", map[string]string{"Host": w.host("web")}); resp.StatusCode != 200 {
		t.Errorf("the next one: %s %s", resp.Status, got)
	}
}
