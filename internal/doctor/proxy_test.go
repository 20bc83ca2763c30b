package doctor

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"testing"
)

func TestProxy(t *testing.T) {
	b := newBench(t)
	b.want("proxy", OK, "off")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	at := l.Addr().String()
	b.config.ProxyListen = netip.MustParseAddrPort(at)
	b.want("proxy", Warn, "something else listens on "+at, "proxy_listen")
	must(t, l.Close())
	b.want("proxy", OK, "will listen on "+at)
}

func TestProxyOfADaemon(t *testing.T) {
	b := newBench(t)
	at := netip.MustParseAddrPort("127.0.0.1:7788")
	b.config.ProxyListen = at
	listens := ""
	b.serve(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/status" {
			fmt.Fprintf(w, `{"version": "x", "proxy": %q}`, listens)
		}
	})
	for _, listens = range []string{"", "127.0.0.1:7789"} {
		b.want("proxy", Warn, "does not listen on 127.0.0.1:7788", "banger daemon stop")
	}
	listens = at.String()
	b.want("proxy", OK, "http://NAME.localhost:7788")
}
