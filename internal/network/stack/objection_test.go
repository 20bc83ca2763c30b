package stack

import (
	"net/netip"
	"strings"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/header"
)

func TestObjections(t *testing.T) {
	a := guestAddresses
	other4, other6 := netip.MustParseAddr("172.16.3.8"), netip.MustParseAddr("fd62:6e67:7200:1003::8")
	another := []byte{0x52, 0x54, 0, 0, 0, 1}
	const asAnother = "a frame from 52:54:00:00:00:01"
	for name, c := range map[string]struct {
		frame []byte
		want  string // how it is told; empty when it is not
	}{
		"the guest":                      {syn(some, 1), ""},
		"over IPv6":                      {syn(server6, 1), ""},
		"asks":                           {question(a.Guest4, other4), ""},
		"asks without an address":        {question(netip.IPv4Unspecified(), a.Guest4), ""},
		"solicits without an address":    {solicitation(netip.IPv6Unspecified(), a.Guest6), ""},
		"link-local":                     {solicitation(netip.MustParseAddr("fe80::1234"), other6), ""},
		"another type of frame":          {changed(syn(some, 1), 12, 0x88, 0xcc), ""},
		"no room for an address":         {syn(some, 1)[:eth+8], ""},
		"another's MAC":                  {changed(syn(some, 1), 6, another...), asAnother + " with the address 172.16.3.7"},
		"another's MAC, another type":    {changed(changed(syn(some, 1), 12, 0x88, 0xcc), 6, another...), asAnother},
		"another's MAC, link-local":      {changed(solicitation(netip.MustParseAddr("fe80::1"), other6), 6, another...), asAnother},
		"another's address":              {changed(syn(some, 1), eth+12, other4.AsSlice()...), "with the address 172.16.3.8"},
		"another's address to all":       {changed(changed(syn(some, 1), eth+12, other4.AsSlice()...), 0, 255, 255, 255, 255, 255, 255), "172.16.3.8"},
		"another's address over IPv6":    {changed(syn(server6, 1), eth+8, other6.AsSlice()...), "with the address " + other6.String()},
		"asks as another":                {question(other4, a.Gateway4), "with the address 172.16.3.8"},
		"asks with another's MAC inside": {changed(question(a.Guest4, a.Gateway4), eth+8, another...), asAnother},
		"asks with another's outside":    {changed(question(a.Guest4, a.Gateway4), 6, another...), asAnother},
		"answers as the gateway":         {changed(question(a.Gateway4, a.Guest4), eth+7, byte(header.ARPReply)), "with the address 172.16.3.1"},
		"to a loopback":                  {datagram("127.0.0.1:80", "x"), "a frame to 127.0.0.1,"},
		"to a loopback over IPv6":        {datagram("[::1]:80", "x"), "a frame to ::1,"},
		"to a mapped address":            {datagram("[::ffff:10.0.0.5]:80", "x"), "a frame to ::ffff:10.0.0.5,"},
	} {
		rule, err := (gate{a}).objection(c.frame)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && (rule == ruleMartian) != strings.HasPrefix(c.want, "a frame to ") {
			t.Errorf("%s: refused by %q", name, rule)
		}
	}
}

// TestObjectionsAreTold once a second, but not a copy's that does not know its own addresses yet.
func TestObjectionsAreTold(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	early, late := changed(syn(some, 1), eth+12, 172, 16, 3, 8), changed(syn(some, 1), eth+12, 172, 16, 3, 9)
	ping := echoRequest(guestAddresses.Gateway4)
	for _, frame := range [][]byte{early, ping, late, late, late, ping} {
		send(t, wire, frame)
	}
	for range 2 { // what came before has been looked at then
		echoed(t, receive(t, wire))
	}
	e := w.event(func(e Event) bool { return e.Attempt.Protocol == Frame })
	if e.Kind != Refused || e.Rule != ruleSpoofed || e.Number == 0 || e.Err == nil || !strings.Contains(e.Err.Error(), "172.16.3.9") {
		t.Errorf("told as %+v", e)
	}
	if len(w.events) != 1 {
		t.Errorf("told: %+v", w.events)
	}
}
