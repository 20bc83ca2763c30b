package own

import (
	"net"
	"net/netip"
	"testing"
)

func TestMarks(t *testing.T) {
	for _, host := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::]:0"} {
		l, err := net.Listen("tcp", host) // so that the port is nobody else's
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		port := l.Addr().(*net.TCPAddr).AddrPort().Port()
		at := netip.AddrPortFrom(netip.MustParseAddrPort(host).Addr(), port)
		if Listens(port) {
			t.Errorf("%s counts as banger's before it is marked", at)
		}
		mark, err := Mark(at)
		if err != nil {
			t.Fatal(err)
		}
		if !Listens(port) {
			t.Errorf("%s is marked, and does not count", at)
		}
		mark.Close()
		if Listens(port) {
			t.Errorf("%s counts still", at)
		}
	}
}

// TestOtherAddresses are no ports of 127.0.0.1.
func TestOtherAddresses(t *testing.T) {
	mark, err := Mark(netip.MustParseAddrPort("127.77.0.2:1"))
	if err != nil {
		t.Fatal(err)
	}
	defer mark.Close()
	if Listens(1) {
		t.Error("a port of another address counts")
	}
}
