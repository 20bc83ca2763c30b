package resolver

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

var good = []string{"www.example.org. 60 IN A 1.2.3.4"}

// lie answers with what change makes of the right answer.
func lie(t *testing.T, change func(m *dns.Msg)) func(dns.ResponseWriter, *dns.Msg) {
	return func(w dns.ResponseWriter, query *dns.Msg) {
		m := new(dns.Msg).SetReply(query)
		rr, _ := dns.NewRR("www.example.org. 60 IN A 6.6.6.6")
		m.Answer = []dns.RR{rr}
		change(m)
		w.WriteMsg(m)
	}
}

func lies(t *testing.T) map[string]func(dns.ResponseWriter, *dns.Msg) {
	return map[string]func(dns.ResponseWriter, *dns.Msg){
		"another id":      lie(t, func(m *dns.Msg) { m.Id++ }),
		"another name":    lie(t, func(m *dns.Msg) { m.Question[0].Name = "evil.com." }),
		"another type":    lie(t, func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeAAAA }),
		"another class":   lie(t, func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }),
		"no question":     lie(t, func(m *dns.Msg) { m.Question = nil }),
		"another opcode":  lie(t, func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify }),
		"a query":         lie(t, func(m *dns.Msg) { m.Response = false }),
		"no DNS":          func(w dns.ResponseWriter, _ *dns.Msg) { w.Write([]byte("220 mail.example.org ESMTP")) },
		"next to nothing": func(w dns.ResponseWriter, _ *dns.Msg) { w.Write([]byte{1}) },
		"silence":         func(dns.ResponseWriter, *dns.Msg) {},
		"SERVFAIL":        lie(t, func(m *dns.Msg) { m.Rcode = dns.RcodeServerFailure }),
		"REFUSED":         lie(t, func(m *dns.Msg) { m.Rcode = dns.RcodeRefused }),
		"cut, and another id by TCP": func(w dns.ResponseWriter, query *dns.Msg) {
			udp := w.LocalAddr().Network() == "udp"
			lie(t, func(m *dns.Msg) {
				if m.Truncated = udp; !udp {
					m.Id++
				}
			})(w, query)
		},
	}
}

func impatient(g *guest, attempt time.Duration) *guest {
	g.patience = patience{attempt: attempt, query: time.Minute}
	return g
}

// TestLiesAreNotBelieved: behind a liar the next server is asked; when there is none, the guest is told so.
func TestLiesAreNotBelieved(t *testing.T) {
	truth := serve(t, zone(t, good...))
	for what, answer := range lies(t) {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			liar := serve(t, answer)
			expect(t, "with another server", impatient(newGuest(t, "internet", liar, truth), 500*time.Millisecond).ask("www.example.org", dns.TypeA), dns.RcodeSuccess, "1.2.3.4")
			g := impatient(newGuest(t, "internet", liar), 100*time.Millisecond)
			m := g.ask("www.example.org", dns.TypeA)
			expect(t, "alone", m, dns.RcodeServerFailure)
			if refused := g.refused(); len(refused) != 1 || refused[0].Decision.Rule != RuleUpstream || reason(m) == "" {
				t.Errorf("reported %+v, told %q", refused, reason(m))
			}
			g.expectNames("6.6.6.6")
		})
	}
}

// TestTheTruthBehindLies: what comes from the server's address and is no answer is passed over.
func TestTheTruthBehindLies(t *testing.T) {
	all := lies(t)
	s := serve(t, func(w dns.ResponseWriter, query *dns.Msg) {
		for what, lie := range all {
			if what != "SERVFAIL" && what != "REFUSED" && !strings.HasPrefix(what, "cut") {
				lie(w, query)
			}
		}
		zone(t, good...)(w, query)
	})
	expect(t, "behind lies", newGuest(t, "internet", s).ask("www.example.org", dns.TypeA), dns.RcodeSuccess, "1.2.3.4")
}

func TestAFloodOfLiesEnds(t *testing.T) {
	flood := serve(t, func(w dns.ResponseWriter, query *dns.Msg) {
		for range maxStray {
			lie(t, func(m *dns.Msg) { m.Id++ })(w, query)
		}
		zone(t, good...)(w, query)
	})
	g := newGuest(t, "internet", flood)
	expect(t, "a flood", g.ask("www.example.org", dns.TypeA), dns.RcodeServerFailure)
	if n := len(flood.queries()); n != 2 {
		t.Errorf("asked %d times, want twice", n)
	}
}

func TestAServerWithoutEDNS(t *testing.T) {
	s := serve(t, func(w dns.ResponseWriter, query *dns.Msg) {
		if query.IsEdns0() != nil {
			m := new(dns.Msg).SetRcodeFormatError(query)
			m.Question = nil
			w.WriteMsg(m)
			return
		}
		zone(t, good...)(w, query)
	})
	expect(t, "without EDNS", newGuest(t, "internet", s).ask("www.example.org", dns.TypeA), dns.RcodeSuccess, "1.2.3.4")
}

func TestAServerThatIsNotThere(t *testing.T) {
	tcp, udp := listen(t)
	gone := &server{addr: netip.MustParseAddrPort(tcp.Addr().String())}
	tcp.Close()
	udp.Close()
	truth := serve(t, zone(t, good...))
	expect(t, "behind it", newGuest(t, "internet", gone, truth).ask("www.example.org", dns.TypeA), dns.RcodeSuccess, "1.2.3.4")
	expect(t, "no server at all", newGuest(t, "internet").ask("www.example.org", dns.TypeA), dns.RcodeServerFailure)
}

func TestADialThatFails(t *testing.T) {
	g := newGuest(t, "internet", serve(t, zone(t, good...)))
	g.config.Dial = func(context.Context, string, netip.AddrPort) (net.Conn, error) { return nil, net.ErrClosed }
	expect(t, "no dial", g.ask("www.example.org", dns.TypeA), dns.RcodeServerFailure)
}

// TestGivingUp: a query that waits ends with its context, outside and in the queue.
func TestGivingUp(t *testing.T) {
	asked := make(chan struct{}, maxForwards)
	silent := serve(t, func(dns.ResponseWriter, *dns.Msg) { asked <- struct{}{} })
	g := newGuest(t, "internet", silent)
	g.patience = patience{attempt: time.Hour, query: time.Hour}
	g.forwards = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	packed, _ := new(dns.Msg).SetQuestion("www.example.org.", dns.TypeA).Pack()
	answers := make(chan []byte)
	for range 2 {
		go func() { answers <- g.Answer(ctx, "udp", packed) }()
	}
	<-asked
	cancel()
	for range 2 {
		m := new(dns.Msg)
		if err := m.Unpack(<-answers); err != nil || m.Rcode != dns.RcodeServerFailure {
			t.Errorf("got %v, %v", m, err)
		}
	}
	if n := len(silent.queries()); n != 1 {
		t.Errorf("%d queries were under way at once, want 1", n)
	}
}
