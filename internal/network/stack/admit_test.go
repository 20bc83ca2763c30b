package stack

import (
	"bytes"
	"net/netip"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// changed is a copy of a frame with some of its bytes replaced.
func changed(frame []byte, at int, with ...byte) []byte {
	frame = bytes.Clone(frame)
	copy(frame[at:], with)
	return frame
}

const (
	eth  = header.EthernetMinimumSize
	ip6  = eth + header.IPv6MinimumSize
	some = "198.51.100.1:80"
)

func TestFates(t *testing.T) {
	a := guestAddresses
	other4, other6 := netip.MustParseAddr("172.16.3.8"), netip.MustParseAddr("fd62:6e67:7200:1003::8")
	linkLocal := netip.MustParseAddr("fe80::1234")
	in6 := func(frame []byte, next byte) []byte { return changed(frame, eth+6, next) }
	for name, c := range map[string]struct {
		frame []byte
		want  fate
	}{
		"TCP":                             {syn(some, 1), pass},
		"TCP over IPv6":                   {syn(server6, 1), pass},
		"UDP to the gateway":              {datagram("172.16.3.1:53", "x"), pass},
		"ping":                            {echoRequest(netip.MustParseAddr("198.51.100.1")), outer},
		"ping of the gateway":             {echoRequest(a.Gateway4), pass},
		"ping over IPv6":                  {echoRequest(netip.MustParseAddr("2001:db8::1")), outer},
		"who has the gateway":             {question(a.Guest4, a.Gateway4), pass},
		"who has it, without an address":  {question(netip.IPv4Unspecified(), a.Gateway4), pass},
		"who has another":                 {question(a.Guest4, other4), drop},
		"somebody else asks":              {question(other4, a.Gateway4), drop},
		"an answer":                       {changed(question(a.Guest4, a.Gateway4), eth+7, 2), drop},
		"asked for another MAC":           {changed(question(a.Guest4, a.Gateway4), eth+8, 2, 2, 2), drop},
		"solicitation":                    {solicitation(a.Guest6, a.Gateway6), pass},
		"solicitation from link-local":    {solicitation(linkLocal, a.Gateway6), pass},
		"solicitation for another":        {solicitation(a.Guest6, other6), drop},
		"somebody else solicits":          {solicitation(other6, a.Gateway6), drop},
		"advertisement":                   {changed(solicitation(a.Guest6, a.Gateway6), ip6, 136), drop},
		"router advertisement":            {changed(solicitation(a.Guest6, a.Gateway6), ip6, 134), drop},
		"another's MAC":                   {changed(syn(some, 1), 6, 0x52, 0x54, 0, 0, 0, 1), drop},
		"the gateway's MAC":               {changed(syn(some, 1), 6, a.GatewayMAC...), drop},
		"to another's MAC":                {changed(syn(some, 1), 0, 0x52, 0x54, 172, 16, 3, 8), drop},
		"IPv4 to all":                     {changed(syn(some, 1), 0, 255, 255, 255, 255, 255, 255), drop},
		"another's address":               {changed(syn(some, 1), eth+12, 172, 16, 3, 8), drop},
		"no address":                      {changed(syn(some, 1), eth+12, 0, 0, 0, 0), drop},
		"the gateway's address":           {changed(syn(some, 1), eth+12, 172, 16, 3, 1), drop},
		"another's address over IPv6":     {changed(syn(server6, 1), eth+8, other6.AsSlice()...), drop},
		"link-local address over IPv6":    {changed(syn(server6, 1), eth+8, linkLocal.AsSlice()...), drop},
		"to a loopback":                   {datagram("127.0.0.1:53", "x"), drop},
		"ping of a loopback":              {echoRequest(netip.MustParseAddr("127.0.0.1")), drop},
		"to a loopback over IPv6":         {datagram("[::1]:53", "x"), drop},
		"to a mapped address":             {syn("[::ffff:10.0.0.5]:80", 1), drop},
		"another protocol":                {changed(syn(some, 1), eth+9, 47), drop},
		"another type of frame":           {changed(syn(some, 1), 12, 0x88, 0xcc), drop},
		"VLAN":                            {changed(syn(some, 1), 12, 0x81, 0), drop},
		"another version":                 {changed(syn(some, 1), eth, 0x65), drop},
		"a fragment of a ping":            {changed(echoRequest(netip.MustParseAddr("198.51.100.1")), eth+6, 0x20), drop},
		"redirect":                        {changed(echoRequest(a.Gateway4), eth+20, 5), drop},
		"an ICMP error":                   {changed(echoRequest(a.Gateway4), eth+20, 3), pass},
		"an ICMP error over IPv6":         {changed(echoRequest(a.Gateway6), ip6, 1), pass},
		"hop-by-hop options":              {in6(syn(server6, 1), 0), drop},
		"routing header":                  {in6(syn(server6, 1), 43), drop},
		"fragment of TCP over IPv6":       {changed(in6(syn(server6, 1), 44), ip6, 6), pass},
		"fragment of ICMP over IPv6":      {changed(in6(syn(server6, 1), 44), ip6, 58), drop},
		"header that is longer than said": {changed(syn(some, 1), eth, 0x4f), drop},
		"packet that is longer than is":   {changed(syn(some, 1), eth+2, 0xff), drop},
		"a header alone":                  {syn(some, 1)[:eth], drop},
	} {
		if got := (gate{a}).judge(c.frame); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	for name, frame := range map[string][]byte{"4": syn(some, 1), "6": solicitation(a.Guest6, a.Gateway6), "ARP": question(a.Guest4, a.Gateway4)} {
		for n := eth; n < len(frame); n++ {
			if got := (gate{a}).judge(frame[:n]); got != drop {
				t.Errorf("%s, cut to %d bytes: %d", name, n, got)
			}
		}
	}
}

// TestOnlyTheGatewayAnswers asks a running network for everybody, and listens for answers in the gateway's name only.
func TestOnlyTheGatewayAnswers(t *testing.T) {
	a := guestAddresses
	_, wire := newWorld(t, Limits{})
	for _, frame := range [][]byte{
		question(a.Guest4, netip.MustParseAddr("172.16.3.8")), question(a.Guest4, a.Guest4),
		solicitation(a.Guest6, netip.MustParseAddr("fd62:6e67:7200:1003::8")), solicitation(netip.IPv6Unspecified(), a.Guest6),
		question(a.Guest4, a.Gateway4), solicitation(netip.MustParseAddr("fe80::1"), a.Gateway6),
	} {
		send(t, wire, frame)
	}
	answer := header.ARP(receive(t, wire)[eth:])
	if answer.Op() != header.ARPReply || !bytes.Equal(answer.HardwareAddressSender(), a.GatewayMAC) {
		t.Errorf("the first answer is % x", []byte(answer))
	}
	_, advert := echoOf(receive(t, wire))
	if header.ICMPv6(advert).Type() != header.ICMPv6NeighborAdvert || !bytes.Contains(advert, a.GatewayMAC) {
		t.Errorf("the second answer is % x", advert)
	}
	send(t, wire, echoRequest(a.Gateway4)) // whatever else was to come came before its answer
	if frame := receive(t, wire); string(echoed(t, frame)) != "\x12\x34\x00\x01payload" {
		t.Errorf("and then % x", frame)
	}
}
