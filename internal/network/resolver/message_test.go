package resolver

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/miekg/dns"
)

func TestQueriesThatAreTurnedDown(t *testing.T) {
	query := func(change func(*dns.Msg)) *dns.Msg {
		m := new(dns.Msg).SetQuestion("www.example.org.", dns.TypeA).SetEdns0(1232, false)
		change(m)
		return m
	}
	a, _ := dns.NewRR("www.example.org. 60 IN A 1.2.3.4")
	s := serve(t, zone(t, "www.example.org. 60 IN A 1.2.3.4"))
	for what, c := range map[string]struct {
		query *dns.Msg
		rcode int
	}{
		"ANY":             {query(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeANY }), dns.RcodeRefused},
		"AXFR":            {query(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeAXFR }), dns.RcodeRefused},
		"IXFR":            {query(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeIXFR }), dns.RcodeRefused},
		"NULL":            {query(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeNULL }), dns.RcodeRefused},
		"an unknown type": {query(func(m *dns.Msg) { m.Question[0].Qtype = 65399 }), dns.RcodeRefused},
		"CHAOS":           {query(func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }), dns.RcodeRefused},
		"class ANY":       {query(func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassANY }), dns.RcodeRefused},
		"NOTIFY":          {query(func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify }), dns.RcodeNotImplemented},
		"UPDATE":          {query(func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate }), dns.RcodeNotImplemented},
		"no question":     {query(func(m *dns.Msg) { m.Question = nil }), dns.RcodeFormatError},
		"two questions":   {query(func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }), dns.RcodeFormatError},
		"an answer in it": {query(func(m *dns.Msg) { m.Answer = []dns.RR{a} }), dns.RcodeFormatError},
		"two OPT":         {query(func(m *dns.Msg) { m.Extra = append(m.Extra, m.Extra[0]) }), dns.RcodeFormatError},
		"EDNS 1":          {query(func(m *dns.Msg) { m.IsEdns0().SetVersion(1) }), dns.RcodeBadVers},
	} {
		g := newGuest(t, "internet", s)
		expect(t, what, g.send("udp", c.query), c.rcode)
		if refused := g.refused(); len(refused) != 1 || refused[0].Decision.Rule != RuleType {
			t.Errorf("%s: reported %+v", what, refused)
		}
	}
	if len(s.queries()) != 0 {
		t.Errorf("asked outside: %v", s.queries())
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	whole, _ := new(dns.Msg).SetQuestion("www.example.org.", dns.TypeA).Pack()
	for what, c := range map[string]struct {
		query []byte
		rcode int // -1: no answer
	}{
		"nothing":         {nil, -1},
		"half a header":   {whole[:11], -1},
		"an answer":       {append([]byte{1, 2, 0x80}, whole[3:]...), -1},
		"half a question": {whole[:20], dns.RcodeFormatError},
		"a name's loop":   {append(slices.Clone(whole[:12]), 0xc0, 12, 0, 1, 0, 1), dns.RcodeFormatError},
		"half a record":   {append(append([]byte{1, 2, 1, 0, 0, 1, 0, 1}, whole[8:]...), 1, 2, 3), dns.RcodeFormatError},
		"too long":        {append(slices.Clone(whole), make([]byte, maxQuery)...), dns.RcodeFormatError},
	} {
		g := newGuest(t, "internet")
		got := g.Answer(context.Background(), "udp", c.query)
		m := new(dns.Msg)
		switch {
		case c.rcode < 0 && len(got) != 0:
			t.Errorf("%s is answered: %x", what, got)
		case c.rcode >= 0 && (m.Unpack(got) != nil || m.Rcode != c.rcode || !m.Response || m.Id != uint16(c.query[0])<<8|uint16(c.query[1])):
			t.Errorf("%s is answered: %v", what, m)
		}
		if reported := len(g.refused()); reported != min(c.rcode+1, 1) {
			t.Errorf("%s: %d refusals reported", what, reported)
		}
	}
}

func TestLongAnswersAreCutToWhatTheGuestTakes(t *testing.T) {
	var records []string
	for i := range 150 {
		records = append(records, fmt.Sprintf("www.example.org. 60 IN A 1.2.3.%d", i))
	}
	s := serve(t, func(w dns.ResponseWriter, query *dns.Msg) {
		m := new(dns.Msg).SetReply(query)
		if w.LocalAddr().Network() == "udp" {
			m.Truncated = true // and nothing in it
			w.WriteMsg(m)
			return
		}
		zone(t, records...)(w, query)
	})
	g := newGuest(t, "internet", s)
	for _, c := range []struct {
		network    string
		edns       uint16
		most, told int
		cut        bool
	}{{"udp", 0, 512, 29, true}, {"udp", 100, 512, 29, true}, {"udp", 1000, 1000, 59, true}, {"udp", 65535, udpSize, 74, true}, {"tcp", 0, 65535, maxRecords, false}} {
		query := new(dns.Msg).SetQuestion("www.example.org.", dns.TypeA)
		if c.edns > 0 {
			query.SetEdns0(c.edns, false)
		}
		packed, _ := query.Pack()
		raw := g.Answer(context.Background(), c.network, packed)
		m := new(dns.Msg)
		if err := m.Unpack(raw); err != nil || len(raw) > c.most || m.Truncated != c.cut || len(m.Answer) < c.told-2 || len(m.Answer) > c.told || (m.IsEdns0() != nil) != (c.edns > 0) {
			t.Errorf("%+v: %d bytes, %d records, cut %v, %v", c, len(raw), len(m.Answer), m.Truncated, err)
		}
	}
}
