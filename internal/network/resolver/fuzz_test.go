package resolver

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"

	"banger/internal/network/policy"
)

func packed(t testing.TB, m *dns.Msg) []byte {
	t.Helper()
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// FuzzAnswer: whatever bytes a guest sends, it gets nothing or a reply that fits.
func FuzzAnswer(f *testing.F) {
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeHTTPS, dns.TypeANY, dns.TypeAXFR} {
		f.Add(packed(f, new(dns.Msg).SetQuestion("host.banger.", qtype).SetEdns0(4096, true)), true)
		f.Add(packed(f, new(dns.Msg).SetQuestion("www.example.org.", qtype)), false)
	}
	f.Add([]byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1}, true)
	strict, internet := newGuest(f, "allow=*.example.org"), newGuest(f, "internet")
	for _, g := range []*guest{strict, internet} {
		g.config.Dial = func(context.Context, string, netip.AddrPort) (net.Conn, error) { return nil, net.ErrClosed }
		g.config.Report = func(Refusal) {}
	}
	f.Fuzz(func(t *testing.T, query []byte, udp bool) {
		network := map[bool]string{true: "udp", false: "tcp"}[udp]
		for _, g := range []*guest{strict, internet} {
			g.pass(time.Second)
			raw := g.Answer(context.Background(), network, query)
			m := new(dns.Msg)
			switch {
			case len(raw) == 0 && isQuery(query):
				t.Error("a query without a reply")
			case len(raw) == 0:
			case m.Unpack(raw) != nil || !m.Response || raw[0] != query[0] || raw[1] != query[1] || udp && len(raw) > udpSize:
				t.Errorf("%x is answered %x", query, raw)
			}
		}
	})
}

// FuzzSift: whatever bytes an upstream sends, the guest is told only of addresses that it may have, and can be told.
func FuzzSift(f *testing.F) {
	for _, records := range [][]string{good, {"www.example.org. 60 IN CNAME a.b.", "a.b. 60 IN A 10.0.0.1", "a.b. 60 IN A 1.2.3.4"}, {`www.example.org. 60 IN HTTPS 1 . ipv4hint="10.0.0.1"`}, {"www.example.org. 60 IN AAAA 64:ff9b::a00:1"}} {
		m := new(dns.Msg).SetQuestion("www.example.org.", dns.TypeA)
		for _, text := range records {
			rr, _ := dns.NewRR(text)
			m.Answer = append(m.Answer, rr)
		}
		f.Add(packed(f, m), uint16(dns.TypeA))
		f.Add(packed(f, m), uint16(dns.TypeAAAA))
		f.Add(packed(f, m), uint16(dns.TypeHTTPS))
	}
	g := newGuest(f, "internet")
	g.config.Report = func(Refusal) {}
	p, _ := policy.Parse("internet")
	f.Fuzz(func(t *testing.T, raw []byte, qtype uint16) {
		message := new(dns.Msg)
		if message.Unpack(raw) != nil {
			return
		}
		a := g.sift(p, question{"www.example.org", qtype}, message)
		for _, rr := range a.records {
			if addr, ok := addressOf(rr); ok && !p.DecideAnswer(here(), "www.example.org", addr).Allowed {
				t.Errorf("the guest is told of %s", addr)
			}
		}
		request := new(dns.Msg).SetQuestion("www.example.org.", qtype)
		if told := reply("udp", request, a.at(g.now())); len(told) == 0 || len(told) > dns.MinMsgSize || new(dns.Msg).Unpack(told) != nil {
			t.Errorf("the guest is told %x", told)
		}
	})
}
