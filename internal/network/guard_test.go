package network

import (
	"net"
	"net/netip"
	"testing"

	"banger/internal/network/greeting"
	"banger/internal/network/own"
	"banger/internal/network/policy"
	"banger/internal/network/resolver"
	"banger/internal/network/stack"
)

func rules(t testing.TB, text string) Rules {
	t.Helper()
	p, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return Rules{Policy: p, Guest: netip.MustParseAddr("172.16.0.2"), VMs: []netip.Prefix{netip.MustParsePrefix("172.16.0.0/24")}}
}

func newGuard(t testing.TB, text string) *guard {
	t.Helper()
	g := &guard{}
	if err := g.init(rules(t, text), func(resolver.Refusal) {}); err != nil {
		t.Fatal(err)
	}
	return g
}

func attempt(to string, names ...string) stack.Attempt {
	return stack.Attempt{Protocol: stack.TCP, Destination: netip.MustParseAddrPort(to), Names: names}
}

// TestNoGuestReachesBanger: what VM a listener belongs to, and whether host-ports opens its port, is the same.
func TestNoGuestReachesBanger(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := l.Addr().(*net.TCPAddr).AddrPort()
	g := newGuard(t, "host-ports=1-65535")
	for _, host := range []string{"172.16.0.1", "fd62:6e67:7200:1000::1", "127.0.0.1", "64:ff9b::127.0.0.1"} { // the last as any address of the host's
		to := netip.AddrPortFrom(netip.MustParseAddr(host), at.Port())
		if v := g.Decide(attempt(to.String())); !v.Allow || v.Dial != at {
			t.Errorf("%s: %+v, want that it is let to %s", to, v, at)
		}
		mark, err := own.Mark(at)
		if err != nil {
			t.Fatal(err)
		}
		if v := g.Decide(attempt(to.String())); v.Allow || v.Rule != policy.RuleOwnListener {
			t.Errorf("%s, which is banger's: %+v", to, v)
		}
		mark.Close()
	}
}

func TestEveryNameThatIsSaidMustBeAllowed(t *testing.T) {
	g := newGuard(t, "allow=a.example,b.example")
	for _, c := range []struct {
		said  *greeting.Greeting
		allow bool
	}{
		{nil, true},
		{&greeting.Greeting{}, true}, // speaks neither TLS nor HTTP
		{&greeting.Greeting{Kind: greeting.TLS, Names: []string{"a.example"}}, true},
		{&greeting.Greeting{Kind: greeting.TLS, Names: []string{"c.example"}}, false},
		{&greeting.Greeting{Kind: greeting.TLS}, false},
		{&greeting.Greeting{Kind: greeting.HTTP, Names: []string{"a.example", "a.example"}}, true},
		{&greeting.Greeting{Kind: greeting.HTTP, Names: []string{"a.example", "c.example"}}, false},
		{&greeting.Greeting{Kind: greeting.HTTP}, false},
	} {
		a := attempt("93.184.215.14:443", "a.example")
		a.Greeting = c.said
		if v := g.Decide(a); v.Allow != c.allow || v.Inspect != c.allow {
			t.Errorf("%+v: %+v", c.said, v)
		}
	}
	if v := g.Decide(attempt("93.184.215.14:443")); v.Allow {
		t.Errorf("an address that no name led to: %+v", v)
	}
}
