package resolver

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"banger/internal/network/policy"
)

func expect(t *testing.T, what string, m *dns.Msg, rcode int, want ...string) {
	t.Helper()
	if got := told(m); m.Rcode != rcode || !slices.Equal(got, want) {
		t.Errorf("%s: %s %v, want %s %v", what, dns.RcodeToString[m.Rcode], got, dns.RcodeToString[rcode], want)
	}
}

func (g *guest) expectNames(addr string, want ...string) {
	g.t.Helper()
	if got := g.Names(netip.MustParseAddr(addr)); !slices.Equal(got, want) {
		g.t.Errorf("names that led to %s: %v, want %v", addr, got, want)
	}
}

func TestAnAllowedNameOpensItsAddresses(t *testing.T) {
	s := serve(t, zone(t, "www.example.org. 300 IN A 1.2.3.4", "www.example.org. 10 IN A 1.2.3.5", "www.example.org. 300 IN AAAA 2606:4700::1"))
	g := newGuest(t, "allow=*.example.org", s)
	g.expectNames("1.2.3.4")
	expect(t, "A", g.ask("WWW.Example.org", dns.TypeA), dns.RcodeSuccess, "1.2.3.4", "1.2.3.5")
	expect(t, "AAAA", g.ask("www.example.org", dns.TypeAAAA), dns.RcodeSuccess, "2606:4700::1")
	g.expectNames("1.2.3.4", "www.example.org")
	g.expectNames("::ffff:1.2.3.4", "www.example.org")
	g.expectNames("2606:4700::1", "www.example.org")
	g.pass(59 * time.Second)
	g.expectNames("1.2.3.5", "www.example.org") // the floor
	g.pass(time.Second)
	g.expectNames("1.2.3.5")
	g.pass(240 * time.Second)
	g.expectNames("1.2.3.4")
	if len(g.refused()) != 0 {
		t.Errorf("refused: %v", g.refused())
	}
}

func TestAnswersAreKeptWhileTheyLive(t *testing.T) {
	s := serve(t, zone(t, "www.example.org. 100 IN A 1.2.3.4"))
	g := newGuest(t, "internet", s)
	g.ask("www.example.org", dns.TypeA)
	g.pass(90 * time.Second)
	g.expectNames("1.2.3.4", "www.example.org")
	m := g.ask("www.example.org", dns.TypeA)
	if ttl := m.Answer[0].Header().Ttl; ttl != 10 || len(s.queries()) != 1 {
		t.Errorf("10 seconds before its end: lives %d s more, %d queries outside", ttl, len(s.queries()))
	}
	g.pass(59 * time.Second)
	g.expectNames("1.2.3.4", "www.example.org") // told again, so open again
	g.ask("www.example.org", dns.TypeA)
	if len(s.queries()) != 2 {
		t.Errorf("after its end: %d queries outside", len(s.queries()))
	}
}

func TestLongLivesAreCut(t *testing.T) {
	s := serve(t, zone(t, "www.example.org. 2000000 IN A 1.2.3.4"))
	g := newGuest(t, "internet", s)
	if ttl := g.ask("www.example.org", dns.TypeA).Answer[0].Header().Ttl; ttl != 3600 {
		t.Errorf("lives %d s", ttl)
	}
	g.pass(time.Hour)
	g.expectNames("1.2.3.4")
}

func TestMappedAddressesAreThoseInside(t *testing.T) {
	g := newGuest(t, "internet", serve(t, zone(t, "www.example.org. 60 IN AAAA ::ffff:1.2.3.4")))
	g.ask("www.example.org", dns.TypeAAAA)
	g.expectNames("1.2.3.4", "www.example.org")
}

func TestThereIsNone(t *testing.T) {
	soa, _ := dns.NewRR("example.org. 900 IN SOA a. b. 1 2 3 4 30")
	s := serve(t, func(w dns.ResponseWriter, query *dns.Msg) {
		m := new(dns.Msg).SetRcode(query, dns.RcodeNameError)
		m.Ns = []dns.RR{soa}
		w.WriteMsg(m)
	})
	g := newGuest(t, "internet", s)
	for range 2 {
		m := g.ask("www.example.org", dns.TypeA)
		if expect(t, "none", m, dns.RcodeNameError); len(m.Ns) != 1 {
			t.Errorf("authority: %v", m.Ns)
		}
	}
	g.pass(30 * time.Second)
	g.ask("www.example.org", dns.TypeA)
	if len(s.queries()) != 2 {
		t.Errorf("%d queries outside, want one, and one after 30 s", len(s.queries()))
	}
}

func TestWhatIsNotAllowedIsNeverAskedOutside(t *testing.T) {
	s := serve(t, zone(t, "a. 1 IN A 1.2.3.4"))
	for _, c := range []struct {
		policy, name, rule string
		rcode              int
	}{
		{"none", "github.com", policy.RuleNone, dns.RcodeRefused},
		{"none", "host.banger", policy.RuleNone, dns.RcodeRefused},
		{"allow=github.com", "secret.evil.com", policy.RuleNotAllowed, dns.RcodeRefused},
		{"allow=*.example.org", "evil-example.org", policy.RuleNotAllowed, dns.RcodeRefused},
		{"allow=*.example.org", "example.org.evil.com", policy.RuleNotAllowed, dns.RcodeRefused},
		{"internet", "other.banger", policy.RuleSpecialName, dns.RcodeNameError},
		{"internet", "localhost", policy.RuleSpecialName, dns.RcodeNameError},
		{"internet", "intranet", policy.RuleSpecialName, dns.RcodeNameError},
		{"internet", "1.1.168.192.in-addr.arpa", policy.RuleSpecialName, dns.RcodeNameError},
		{"internet", "127.1", policy.RuleBadName, dns.RcodeNameError},
		{"internet", `a\.b\000.com`, policy.RuleBadName, dns.RcodeNameError},
		{"internet", ".", policy.RuleBadName, dns.RcodeNameError},
	} {
		for _, qtype := range []uint16{dns.TypeA, dns.TypeTXT} {
			g := newGuest(t, c.policy, s)
			m := g.ask(c.name, qtype)
			expect(t, c.policy+" "+c.name, m, c.rcode)
			refused := g.refused()
			if len(refused) != 1 || refused[0].Decision.Rule != c.rule || refused[0].Name != strings.TrimSuffix(c.name, ".") || refused[0].Type != dns.TypeToString[qtype] {
				t.Errorf("%s %s: reported %+v, want %s", c.policy, c.name, refused, c.rule)
			}
			if reason(m) != refused[0].Decision.Text {
				t.Errorf("%s: the guest is told %q", c.name, reason(m))
			}
		}
	}
	if len(s.queries()) != 0 {
		t.Errorf("asked outside: %v", s.queries())
	}
}

func TestOnlyNameAndTypeGoOutside(t *testing.T) {
	s := serve(t, zone(t, "www.example.org. 1 IN A 1.2.3.4"))
	g := newGuest(t, "internet", s)
	query := new(dns.Msg).SetQuestion("wWw.eXample.org.", dns.TypeA).SetEdns0(4096, true)
	query.IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "24a5ac1223344556"}, &dns.EDNS0_LOCAL{Code: dns.EDNS0LOCALSTART, Data: []byte("secret")}}
	query.CheckingDisabled, query.Zero, query.AuthenticatedData = true, true, true
	expect(t, "all flags", g.send("udp", query), dns.RcodeSuccess, "1.2.3.4")
	got := s.queries()[0]
	want := new(dns.Msg).SetQuestion("www.example.org.", dns.TypeA).SetEdns0(udpSize, false)
	if want.Id = got.Id; got.Id == query.Id || got.String() != want.String() {
		t.Errorf("outside went\n%v\nwant\n%v", got, want)
	}
}

func TestRebinding(t *testing.T) {
	s := serve(t, zone(t,
		"www.example.org. 300 IN CNAME a.evil.com.", "a.evil.com. 300 IN A 192.168.1.1", "a.evil.com. 300 IN A 1.2.3.4", "a.evil.com. 300 IN A 127.0.0.1",
		"a.evil.com. 300 IN A 169.254.169.254", "a.evil.com. 300 IN A 93.184.216.1", "a.evil.com. 300 IN A 172.16.0.9", "a.evil.com. 300 IN A 172.16.0.1",
		"a.evil.com. 300 IN AAAA ::ffff:192.168.1.1", "a.evil.com. 300 IN AAAA 64:ff9b::c0a8:101", "a.evil.com. 300 IN AAAA fd00:ec2::254"))
	g := newGuest(t, "allow=www.example.org", s)
	m := g.ask("www.example.org", dns.TypeA)
	expect(t, "A", m, dns.RcodeSuccess, "a.evil.com.", "1.2.3.4")
	expect(t, "AAAA", g.ask("www.example.org", dns.TypeAAAA), dns.RcodeSuccess, "a.evil.com.")
	var rules []string
	for _, r := range g.refused() {
		rules = append(rules, r.Type+" "+r.Decision.Rule)
	}
	want := []string{"A forbidden:private", "A forbidden:loopback", "A forbidden:metadata", "A host", "A other-vm", "A host", "AAAA forbidden:private", "AAAA forbidden:private", "AAAA forbidden:metadata"}
	if !reflect.DeepEqual(rules, want) {
		t.Errorf("refused by %v, want %v", rules, want)
	}
	if reason(m) == "" {
		t.Error("the guest is not told that addresses are missing")
	}
	g.expectNames("192.168.1.1")
	g.expectNames("1.2.3.4", "www.example.org")
}

func TestChains(t *testing.T) {
	link := func(from, to int) string {
		return fmt.Sprintf("n%d.example.org. 60 IN CNAME n%d.example.org.", from, to)
	}
	var long []string
	for i := range 40 {
		long = append(long, link(i, i+1))
	}
	for what, c := range map[string]struct {
		records []string
		rcode   int
		want    []string
	}{
		"in any order":        {[]string{"n2.example.org. 60 IN A 1.2.3.4", link(1, 2), link(0, 1)}, dns.RcodeSuccess, []string{"n1.example.org.", "n2.example.org.", "1.2.3.4"}},
		"fifteen":             {append(long[:15:15], "n15.example.org. 60 IN A 1.2.3.4"), dns.RcodeSuccess, nil},
		"sixteen":             {append(long[:16:16], "n16.example.org. 60 IN A 1.2.3.4"), dns.RcodeServerFailure, nil},
		"in a circle":         {[]string{link(0, 1), link(1, 0)}, dns.RcodeServerFailure, nil},
		"without an end":      {[]string{link(0, 1)}, dns.RcodeSuccess, []string{"n1.example.org."}},
		"two ways":            {[]string{link(0, 1), link(0, 2), "n1.example.org. 60 IN A 1.2.3.4", "n2.example.org. 60 IN A 1.2.3.5"}, dns.RcodeSuccess, []string{"n1.example.org.", "1.2.3.4"}},
		"other names":         {[]string{"other.example.org. 60 IN A 1.2.3.4"}, dns.RcodeSuccess, nil},
		"another class":       {[]string{"n0.example.org. 60 CH A 1.2.3.4"}, dns.RcodeSuccess, nil},
		"to the host":         {[]string{"n0.example.org. 60 IN CNAME host.banger.", "host.banger. 60 IN A 172.16.0.1"}, dns.RcodeSuccess, []string{"host.banger."}},
		"types not asked for": {[]string{"n0.example.org. 60 IN TXT x", "n0.example.org. 60 IN AAAA 2606::1"}, dns.RcodeSuccess, nil},
	} {
		t.Run(what, func(t *testing.T) {
			g := newGuest(t, "allow=n0.example.org", serve(t, zone(t, c.records...)))
			m := g.ask("n0.example.org", dns.TypeA)
			if got := told(m); m.Rcode != c.rcode || c.want != nil && !slices.Equal(got, c.want) {
				t.Errorf("%s %v, want %s %v", dns.RcodeToString[m.Rcode], got, dns.RcodeToString[c.rcode], c.want)
			}
			if what == "fifteen" {
				g.expectNames("1.2.3.4", "n0.example.org")
			} else if c.want == nil && len(m.Answer) != 0 {
				t.Errorf("got %v, want nothing", told(m))
			}
		})
	}
}

func TestNothingBesideTheAnswerIsPassedOn(t *testing.T) {
	glue, _ := dns.NewRR("www.example.org. 60 IN A 192.168.1.1")
	ns, _ := dns.NewRR("example.org. 60 IN NS evil.com.")
	s := serve(t, func(w dns.ResponseWriter, query *dns.Msg) {
		m := new(dns.Msg).SetReply(query)
		m.Ns, m.Extra, m.AuthenticatedData, m.Authoritative = []dns.RR{ns}, []dns.RR{glue}, true, true
		w.WriteMsg(m)
	})
	m := newGuest(t, "internet", s).ask("www.example.org", dns.TypeA)
	if len(m.Answer)+len(m.Ns) != 0 || len(m.Extra) != 1 || m.AuthenticatedData || m.Authoritative {
		t.Errorf("got %v", m)
	}
}

func TestHintsOfHTTPSRecordsAreTakenOut(t *testing.T) {
	s := serve(t, zone(t, `www.example.org. 60 IN HTTPS 1 . alpn="h2" ipv4hint="192.168.1.1" ipv6hint="fd00::1" ech="AAAA"`, `www.example.org. 60 IN SVCB 1 . port=443 ipv4hint="192.168.1.1"`))
	g := newGuest(t, "internet", s)
	https := g.ask("www.example.org", dns.TypeHTTPS).Answer[0].(*dns.HTTPS)
	svcb := g.ask("www.example.org", dns.TypeSVCB).Answer[0].(*dns.SVCB)
	if len(https.Value) != 1 || https.Value[0].Key() != dns.SVCB_ALPN || len(svcb.Value) != 1 || svcb.Value[0].Key() != dns.SVCB_PORT {
		t.Errorf("got %v and %v", https, svcb)
	}
}

func TestHostName(t *testing.T) {
	g := newGuest(t, "none,host-ports=5432")
	expect(t, "A", g.ask("Host.Banger", dns.TypeA), dns.RcodeSuccess, "172.16.0.1")
	expect(t, "AAAA", g.ask("host.banger", dns.TypeAAAA), dns.RcodeSuccess, "fd77::1")
	expect(t, "TXT", g.ask("host.banger", dns.TypeTXT), dns.RcodeSuccess)
	if len(g.refused()) != 0 {
		t.Errorf("refused: %v", g.refused())
	}
}

func TestAnotherPolicyCountsAtOnce(t *testing.T) {
	s := serve(t, zone(t, "www.example.org. 300 IN A 10.0.0.1", "www.example.org. 300 IN A 1.2.3.4"))
	g := newGuest(t, "internet,allow=10.0.0.0/8", s)
	expect(t, "before", g.ask("www.example.org", dns.TypeA), dns.RcodeSuccess, "10.0.0.1", "1.2.3.4")
	internet, _ := policy.Parse("internet")
	g.SetPolicy(internet)
	expect(t, "after", g.ask("www.example.org", dns.TypeA), dns.RcodeSuccess, "1.2.3.4")
	g.SetPolicy(policy.Policy{})
	expect(t, "none", g.ask("www.example.org", dns.TypeA), dns.RcodeRefused)
	g.expectNames("10.0.0.1", "www.example.org")
}

func TestTooManyQueries(t *testing.T) {
	g := newGuest(t, "none")
	packed, _ := new(dns.Msg).SetQuestion("a.", dns.TypeA).Pack()
	for range queriesAtOnce {
		if len(g.Answer(context.Background(), "udp", packed)) == 0 {
			t.Fatal("no answer within the limit")
		}
	}
	for range 10 {
		if len(g.Answer(context.Background(), "udp", packed)) != 0 {
			t.Fatal("an answer beyond the limit")
		}
	}
	refused := g.refused()
	if len(refused) != queriesAtOnce+1 || refused[queriesAtOnce].Decision.Rule != RuleRate {
		t.Errorf("%d refusals reported, want one more than the limit", len(refused))
	}
	g.pass(time.Second)
	if len(g.Answer(context.Background(), "udp", packed)) == 0 {
		t.Error("no answer a second later")
	}
}

func TestAThousandAtOnce(t *testing.T) {
	s := serve(t, func(w dns.ResponseWriter, query *dns.Msg) {
		var n int
		fmt.Sscanf(query.Question[0].Name, "n%d.", &n)
		zone(t, fmt.Sprintf("%s 60 IN A 1.2.%d.%d", query.Question[0].Name, n>>8, n&255))(w, query)
	})
	g := newGuest(t, "allow=*.example.org", s)
	var wg sync.WaitGroup
	for n := range 1000 {
		wg.Go(func() {
			name, addr := fmt.Sprintf("n%d.example.org", n), fmt.Sprintf("1.2.%d.%d", n>>8, n&255)
			if got := told(g.ask(name, dns.TypeA)); !slices.Equal(got, []string{addr}) {
				t.Errorf("%s: %v, want %s", name, got, addr)
			}
			g.expectNames(addr, name)
		})
	}
	wg.Wait()
}
