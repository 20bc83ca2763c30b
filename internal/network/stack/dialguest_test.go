package stack

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"

	"banger/internal/network/forward"
	"banger/internal/network/relay"
)

func TestTheHostReachesThePortsOfTheGuest(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	from := make(chan string, 1)
	g.listen(8080, func(c net.Conn) {
		defer c.Close()
		from <- c.RemoteAddr().(*net.TCPAddr).IP.String()
		io.Copy(c, c)
		c.(*gonet.TCPConn).CloseWrite()
	})
	f, err := forward.Listen(forward.Config{Host: netip.MustParseAddrPort("127.0.0.1:0"), Port: 8080, Guest: w})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := net.Dial("tcp", f.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	talk(t, c)
	if got := <-from; got != "172.16.3.1" {
		t.Errorf("the guest saw a client at %s", got)
	}
	c.(*net.TCPConn).CloseWrite()
	if rest, err := io.ReadAll(c); len(rest) != 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestNobodyListensInTheGuest(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	newGuest(t, wire)
	if _, err := w.DialGuest(t.Context(), 8081); err == nil || !strings.Contains(err.Error(), "connect to port 8081 of the guest: ") {
		t.Error(err)
	}
	silent, _ := newWorld(t, Limits{})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("given up"))
	if _, err := silent.DialGuest(ctx, 8081); err == nil || !strings.HasSuffix(err.Error(), "given up") {
		t.Error(err)
	}
	near, far := net.Pipe()
	if err := w.Serve(t.Context(), relay.Host(near), 8081); err == nil {
		t.Error("served")
	}
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the client is still there: %v", err)
	}
	if n := len(silent.connections) + len(w.connections); n != 0 {
		t.Errorf("%d slots are still taken", n)
	}
}
