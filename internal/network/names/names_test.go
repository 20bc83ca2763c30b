package names

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"github.com/miekg/dns"
)

var (
	anywhere = netip.MustParseAddrPort("127.0.0.1:0")
	web      = netip.MustParseAddr("127.77.0.2")
)

// vms is a house with one VM, called web, in which looking for "broken" fails.
func vms(_ context.Context, name string) (netip.Addr, error) {
	switch name {
	case "web":
		return web, nil
	case "broken":
		return netip.Addr{}, errors.New("the database is gone")
	}
	return netip.Addr{}, nil
}

func listen(t *testing.T, lookup Lookup) *Server {
	t.Helper()
	s, err := Listen(anywhere, lookup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("it had stopped to serve: %v", err)
		}
	})
	return s
}

// ask gives the reply to a query.
func ask(t *testing.T, s *Server, network string, query *dns.Msg) *dns.Msg {
	t.Helper()
	reply, _, err := (&dns.Client{Net: network}).Exchange(query, s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func question(name string, qtype uint16) *dns.Msg { return new(dns.Msg).SetQuestion(name, qtype) }

func TestAnswers(t *testing.T) {
	s := listen(t, vms)
	chaos := question("web.vm.", dns.TypeA)
	chaos.Question[0].Qclass = dns.ClassCHAOS
	notify := new(dns.Msg).SetNotify("vm.")
	update := new(dns.Msg).SetUpdate("vm.")
	two := question("web.vm.", dns.TypeA)
	two.Question = append(two.Question, two.Question[0])
	later := question("web.vm.", dns.TypeA).SetEdns0(1232, false)
	later.IsEdns0().SetVersion(1)
	for name, c := range map[string]struct {
		query  *dns.Msg
		rcode  int
		answer string // its record, without white space
		soa    bool
	}{
		"a VM":                     {question("web.vm.", dns.TypeA), dns.RcodeSuccess, "web.vm. 5 IN A 127.77.0.2", false},
		"in other letters":         {question("wEb.VM.", dns.TypeA), dns.RcodeSuccess, "wEb.VM. 5 IN A 127.77.0.2", false},
		"with EDNS":                {question("web.vm.", dns.TypeA).SetEdns0(4096, true), dns.RcodeSuccess, "web.vm. 5 IN A 127.77.0.2", false},
		"its IPv6 address":         {question("web.vm.", dns.TypeAAAA), dns.RcodeSuccess, "", true},
		"all about it":             {question("web.vm.", dns.TypeANY), dns.RcodeSuccess, "", true},
		"the zone":                 {question("vm.", dns.TypeA), dns.RcodeSuccess, "", true},
		"the zone's SOA":           {question("VM.", dns.TypeSOA), dns.RcodeSuccess, "VM. 1 IN SOA localhost. nobody.invalid. 1 3600 600 86400 1", false},
		"the probe":                {question("_banger.vm.", dns.TypeTXT), dns.RcodeSuccess, `_banger.vm. 1 IN TXT "banger"`, false},
		"the probe's address":      {question("_banger.vm.", dns.TypeA), dns.RcodeSuccess, "", true},
		"nobody":                   {question("db.vm.", dns.TypeA), dns.RcodeNameError, "", true},
		"nobody's IPv6":            {question("db.vm.", dns.TypeAAAA), dns.RcodeNameError, "", true},
		"below a VM":               {question("x.web.vm.", dns.TypeA), dns.RcodeNameError, "", true},
		"no name":                  {question("-web.vm.", dns.TypeA), dns.RcodeNameError, "", true},
		"a dot in a label":         {question(`x\.web.vm.`, dns.TypeA), dns.RcodeNameError, "", true},
		"what cannot be looked up": {question("broken.vm.", dns.TypeA), dns.RcodeServerFailure, "", false},
		"outside":                  {question("www.example.org.", dns.TypeA), dns.RcodeRefused, "", false},
		"a look-alike":             {question("webvm.", dns.TypeA), dns.RcodeRefused, "", false},
		"the root":                 {question(".", dns.TypeNS), dns.RcodeRefused, "", false},
		"the zone's contents":      {question("vm.", dns.TypeAXFR), dns.RcodeRefused, "", false},
		"another class":            {chaos, dns.RcodeRefused, "", false},
		"a notice":                 {notify, dns.RcodeNotImplemented, "", false},
		"an update":                {update, dns.RcodeNotImplemented, "", false},
		"two questions":            {two, dns.RcodeFormatError, "", false},
		"a later EDNS":             {later, dns.RcodeBadVers, "", false},
	} {
		for _, network := range []string{"udp", "tcp"} {
			reply := ask(t, s, network, c.query)
			var answer []string
			for _, rr := range reply.Answer {
				answer = append(answer, strings.Join(strings.Fields(rr.String()), " "))
			}
			soa := len(reply.Ns) == 1 && reply.Ns[0].Header().Rrtype == dns.TypeSOA && reply.Ns[0].Header().Name == zone
			if reply.Rcode != c.rcode || strings.Join(answer, "\n") != c.answer || soa != c.soa || !c.soa && len(reply.Ns) > 0 {
				t.Errorf("%s by %s: %v", name, network, reply)
			}
			if own := c.rcode == dns.RcodeNameError || c.rcode == dns.RcodeSuccess; reply.Authoritative != own || reply.RecursionAvailable {
				t.Errorf("%s by %s: %v", name, network, reply.MsgHdr)
			}
			if edns := c.query.IsEdns0() != nil; edns != (reply.IsEdns0() != nil) {
				t.Errorf("%s by %s: EDNS in the query is %v, in the reply not", name, network, edns)
			}
		}
	}
}

// TestWhatIsNoQueryGetsNoAnswer: two servers must not answer each other for ever.
func TestWhatIsNoQueryGetsNoAnswer(t *testing.T) {
	s := listen(t, vms)
	conn, err := dns.Dial("udp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer := question("db.vm.", dns.TypeA)
	answer.Response = true
	for _, m := range []*dns.Msg{answer, question("web.vm.", dns.TypeA)} {
		if err := conn.WriteMsg(m); err != nil {
			t.Fatal(err)
		}
	}
	reply, err := conn.ReadMsg()
	if err != nil || reply.Question[0].Name != "web.vm." {
		t.Errorf("the first reply is %v (%v), want that to the query", reply, err)
	}
}

func TestManyQueriesOfOneConnection(t *testing.T) {
	s := listen(t, vms)
	conn, err := dns.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := &dns.Client{Net: "tcp"}
	for range 20 {
		if reply, _, err := client.ExchangeWithConn(question("web.vm.", dns.TypeA), conn); err != nil || len(reply.Answer) != 1 {
			t.Fatalf("%v, %v", reply, err)
		}
	}
}

// TestTooManyPacketsAreDropped, and TCP goes on.
func TestTooManyPacketsAreDropped(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	s := listen(t, func(ctx context.Context, name string) (netip.Addr, error) {
		if name == "slow" {
			asked <- struct{}{}
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
		return vms(ctx, name)
	})
	conn, err := dns.Dial("udp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range maxPackets {
		if err := conn.WriteMsg(question("slow.vm.", dns.TypeA)); err != nil {
			t.Fatal(err)
		}
		<-asked
	}
	if err := conn.WriteMsg(question("one-too-many.vm.", dns.TypeA)); err != nil {
		t.Fatal(err)
	}
	if reply := ask(t, s, "tcp", question("web.vm.", dns.TypeA)); len(reply.Answer) != 1 {
		t.Errorf("by TCP: %v", reply)
	}
	close(release)
	for range maxPackets {
		if reply, err := conn.ReadMsg(); err != nil || reply.Question[0].Name != "slow.vm." {
			t.Fatalf("%v, %v", reply, err)
		}
	}
}

// TestCloseEndsLookups and frees both ports.
func TestCloseEndsLookups(t *testing.T) {
	asked, ended := make(chan struct{}), make(chan error, 1)
	s := listen(t, func(ctx context.Context, _ string) (netip.Addr, error) {
		close(asked)
		<-ctx.Done()
		ended <- ctx.Err()
		return netip.Addr{}, ctx.Err()
	})
	conn, err := net.Dial("udp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	silent, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	raw, err := question("web.vm.", dns.TypeA).Pack()
	if err != nil {
		t.Fatal(err)
	}
	conn.Write(raw)
	<-asked
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the lookup ended with %v", err)
	}
	again, err := Listen(s.Addr(), vms)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestAnAddressThatIsTaken(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		var addr string
		if network == "tcp" {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			addr = l.Addr().String()
		} else {
			l, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			addr = l.LocalAddr().String()
		}
		_, err := Listen(netip.MustParseAddrPort(addr), vms)
		if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), addr) {
			t.Errorf("%s: %v", network, err)
		}
	}
}

// FuzzAnswer: whatever can be read as a query gets one reply that can be sent, and addresses only for names that are one label.
func FuzzAnswer(f *testing.F) {
	for _, q := range []*dns.Msg{question("web.vm.", dns.TypeA), question("a.b.vm.", dns.TypeA).SetEdns0(4096, true), question("vm.", dns.TypeANY), question(`\000.vm.`, dns.TypeA)} {
		raw, err := q.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	s := &Server{lookup: func(_ context.Context, name string) (netip.Addr, error) {
		if strings.ContainsFunc(name, func(r rune) bool { return r == '.' || r < '-' }) {
			f.Errorf("asked for %q", name)
		}
		return web, nil
	}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		query := new(dns.Msg)
		if query.Unpack(raw) != nil || len(query.Question) != 1 {
			return
		}
		reply := s.answer(t.Context(), query)
		packed, err := reply.Pack()
		if err != nil || len(packed) > maxMessage || !reply.Response || reply.Id != query.Id {
			t.Errorf("%x is answered %v (%d bytes, %v)", raw, reply, len(packed), err)
		}
	})
}
