package vm

import (
	"net/netip"
	"strings"
	"testing"

	"banger/internal/guestlink"
	"banger/internal/problem"
)

func TestWebPort(t *testing.T) {
	at := func(protocol, address string, port uint16) guestlink.Port {
		return guestlink.Port{Protocol: protocol, Address: address, Port: port}
	}
	any4 := func(port uint16) guestlink.Port { return at("tcp", "0.0.0.0", port) }
	for name, c := range map[string]struct {
		ports []guestlink.Port
		want  uint16
	}{
		"none":                  {nil, 0},
		"by habit":              {[]guestlink.Port{any4(1024), any4(22), any4(5173), any4(3000)}, 3000},
		"80 is the likeliest":   {[]guestlink.Port{any4(8080), at("tcp6", "::", 80)}, 80},
		"the lowest of a user":  {[]guestlink.Port{any4(9999), any4(1025), any4(22), any4(443)}, 1025},
		"only the system's":     {[]guestlink.Port{any4(22), any4(443), any4(1023)}, 0},
		"UDP":                   {[]guestlink.Port{at("udp", "0.0.0.0", 80), at("udp6", "::", 8080)}, 0},
		"the guest's own":       {[]guestlink.Port{at("tcp", "127.0.0.1", 80), at("tcp6", "::1", 8080), at("tcp6", "::ffff:127.0.0.1", 3000)}, 0},
		"and one for others":    {[]guestlink.Port{at("tcp", "127.0.0.1", 80), at("tcp", "172.16.0.2", 9000)}, 9000},
		"both":                  {[]guestlink.Port{at("tcp", "127.0.0.1", 8000), any4(8000)}, 8000},
		"nonsense of the guest": {[]guestlink.Port{at("tcp", "evil", 80), at("", "", 8080), at("tcp", "0.0.0.0", 0)}, 0},
	} {
		got, ok := webPort(c.ports, netip.MustParseAddr("172.16.0.2"))
		if got != c.want || ok != (c.want != 0) {
			t.Errorf("%s: port %d, %v, want %d", name, got, ok, c.want)
		}
	}
}

func TestAwake(t *testing.T) {
	b := newBench(t)
	started, err := b.Create(t.Context(), ask("web"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := b.Awake(t.Context(), "web"); id != started.VM.ID || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	for _, ref := range []string{started.VM.ID, started.VM.ID[:8], "we", ""} {
		if _, err := b.Awake(t.Context(), ref); problem.CodeOf(err) != problem.NotFound {
			t.Errorf("%q, which is no name: %v", ref, err)
		}
	}
	if _, err := b.WebPort(t.Context(), "web"); problem.CodeOf(err) != problem.GuestFailed || !strings.Contains(problem.RemedyOf(err), "80, 8080, 3000") {
		t.Errorf("nothing listens: %v; %s", err, problem.RemedyOf(err))
	}
	if _, err := b.Stop(t.Context(), "web", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Awake(t.Context(), "web"); problem.CodeOf(err) != problem.Conflict || problem.RemedyOf(err) != "banger vm start web" {
		t.Errorf("stopped: %v; %s", err, problem.RemedyOf(err))
	}
}
