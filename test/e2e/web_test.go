package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"banger/api"
	"banger/test/harness"
)

// webServer is a web server in a guest. It returns once it listens. It says in capitals what comes through an upgraded connection.
const webServer = `
	$s = IO::Socket::INET->new(Listen => 16, LocalAddr => $ARGV[0], LocalPort => $ARGV[1], ReuseAddr => 1) or die;
	fork and exit;
	$SIG{CHLD} = "IGNORE";
	while ($c = $s->accept) {
		if (fork) { close $c; next } # which its child alone is to hold
		$line = <$c>;
		while (<$c>) { $host = $1 if /^host: (\S+)/i; $up = $1 if /^upgrade: (\S+)/i; last if /^\r?$/ }
		if ($up) { print $c "HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: $up\r\n\r\n"; print $c uc while <$c> }
		else { print $c "HTTP/1.0 200 OK\r\n\r\nport $ARGV[1], host $host, $line" }
		exit }`

// browser is one that resolves every name to the proxy.
type browser struct {
	t    *testing.T
	addr string
}

// raw sends a request and gives the connection as well.
func (b browser) raw(request string) (net.Conn, *bufio.Reader, *http.Response) {
	b.t.Helper()
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request+"\r\n\r\n"); err != nil {
		b.t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return conn, r, resp
}

// want checks the answer to a request.
func (b browser) want(request string, status int, word string) {
	b.t.Helper()
	_, _, resp := b.raw(request)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if resp.StatusCode != status || !strings.Contains(string(text), word) || err != nil {
		b.t.Errorf("%q: %s %q, %v, want %d with %q", request, resp.Status, text, err, status, word)
	}
}

// TestBrowsersReachWebServers goes through the whole life of a VM that has one.
func TestBrowsersReachWebServers(t *testing.T) {
	h := ownHost(t, true)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	h.Extra = append(h.Extra, "BANGER_PROXY_LISTEN="+addr)
	wantCheck(t, h, "proxy", "warn")
	l.Close()
	must(t, h, "vm", "create", "--name", "web", "--memory", "256M", "--vcpu", "1", "--net", "none,host-ports="+port)
	wantCheck(t, h, "proxy", "ok")
	if got := mustJSON[api.Status](t, h, "daemon", "status").Proxy; got != addr {
		t.Errorf("the daemon says that it listens on %q", got)
	}
	b := browser{t, addr}
	get := "GET /page HTTP/1.1\r\nConnection: close\r\nHost: web.localhost"
	b.want(get, 502, "on port 80, 8080")
	serve(t, h, "127.0.0.1", "80")
	b.want(get, 502, "on port 80, 8080") // which is not for the network
	serve(t, h, "0.0.0.0", "9000")
	b.want(get, 200, "port 9000, host web.localhost, GET /page")
	serve(t, h, "0.0.0.0", "3000")
	eventually(t, "the likelier port is taken", func() bool {
		_, _, resp := b.raw(get)
		text, err := io.ReadAll(resp.Body)
		return err == nil && strings.Contains(string(text), "port 3000")
	})
	b.want(get+":"+port, 200, "host web.localhost:"+port)
	b.want("POST / HTTP/1.1\r\nHost: web.localhost\r\nOrigin: http://db.localhost\r\nSec-Fetch-Site: same-site", 403, "another origin")
	b.want("GET / HTTP/1.1\r\nHost: evil.example", 421, "banger vm list")

	upgrade := "GET /talk HTTP/1.1\r\nHost: web.localhost\r\nConnection: Upgrade\r\nUpgrade: talk\r\nOrigin: http://"
	b.want(upgrade+"db.localhost", 403, "another origin")
	conn, r, resp := b.raw(upgrade + "web.localhost")
	if resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp.Status)
	}
	for _, word := range []string{"hello", "again"} {
		fmt.Fprintln(conn, word)
		if got, err := r.ReadString('\n'); got != strings.ToUpper(word)+"\n" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	// The policy lets it reach the port, but it is banger's own.
	must(t, h, "vm", "exec", "web", "--", "perl", "-MIO::Socket::INET", "-e",
		`exit !!IO::Socket::INET->new(PeerAddr => "host.banger", PeerPort => $ARGV[0], Timeout => 30)`, port)

	must(t, h, "vm", "pause", "web")
	b.want(get, 503, "banger vm resume web")
	must(t, h, "vm", "stop", "web")
	b.want(get, 503, "banger vm start web")
	must(t, h, "vm", "delete", "web")
	b.want(get, 421, "banger vm list")
}

func serve(t *testing.T, h *harness.Host, address, port string) {
	t.Helper()
	must(t, h, "vm", "exec", "web", "--", "perl", "-MIO::Socket::INET", "-e", webServer, address, port)
}
