package resolver

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"banger/internal/network/policy"
)

// server is a DNS server on loopback that stands for the host's.
type server struct {
	addr netip.AddrPort
	mu   sync.Mutex
	seen []*dns.Msg
}

// serve starts a server by UDP and TCP with the same port. The test ends it.
func serve(t testing.TB, answer func(w dns.ResponseWriter, query *dns.Msg)) *server {
	t.Helper()
	s := &server{}
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, query *dns.Msg) {
		s.mu.Lock()
		s.seen = append(s.seen, query)
		s.mu.Unlock()
		answer(w, query)
	})
	tcp, udp := listen(t)
	s.addr = netip.MustParseAddrPort(tcp.Addr().String())
	for _, d := range []*dns.Server{{Listener: tcp, Handler: handler}, {PacketConn: udp, Handler: handler}} {
		started, ended := make(chan struct{}), make(chan struct{})
		d.NotifyStartedFunc = func() { close(started) }
		go func() { defer close(ended); d.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { d.Shutdown(); <-ended })
	}
	return s
}

// listen finds a port that is free by TCP and UDP.
func listen(t testing.TB) (net.Listener, net.PacketConn) {
	t.Helper()
	for range 100 {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if udp, err := net.ListenPacket("udp", tcp.Addr().String()); err == nil {
			return tcp, udp
		}
		tcp.Close()
	}
	t.Fatal("no port is free")
	return nil, nil
}

func (s *server) queries() []*dns.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*dns.Msg(nil), s.seen...)
}

// zone answers with the records, as they are written in zone files, whatever is asked.
func zone(t testing.TB, records ...string) func(dns.ResponseWriter, *dns.Msg) {
	t.Helper()
	var parsed []dns.RR
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, rr)
	}
	return func(w dns.ResponseWriter, query *dns.Msg) {
		m := new(dns.Msg).SetReply(query)
		m.Answer = parsed
		w.WriteMsg(m)
	}
}

// guest is a VM's side of a resolver.
type guest struct {
	*Resolver
	t        testing.TB
	mu       sync.Mutex
	refusals []Refusal
	clock    time.Time
}

func newGuest(t testing.TB, spec string, servers ...*server) *guest {
	t.Helper()
	p, err := policy.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, clock: time.Now()}
	g.Resolver = New(Config{
		Policy: p, Host: here, Dial: dial,
		Upstreams: func() (addrs []netip.AddrPort) {
			for _, s := range servers {
				addrs = append(addrs, s.addr)
			}
			return addrs
		},
		Report: func(r Refusal) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.refusals = append(g.refusals, r)
		},
	})
	g.now = func() time.Time {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.clock
	}
	return g
}

func dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, to.String())
}

func here() policy.Host {
	return policy.Host{
		Gateway:   []netip.Addr{netip.MustParseAddr("172.16.0.1"), netip.MustParseAddr("fd77::1")},
		Addresses: []netip.Addr{netip.MustParseAddr("93.184.216.1")},
		VMs:       []netip.Prefix{netip.MustParsePrefix("172.16.0.0/24")},
	}
}

func (g *guest) pass(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clock = g.clock.Add(d)
}

func (g *guest) refused() []Refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]Refusal(nil), g.refusals...)
}

// ask asks by UDP with EDNS.
func (g *guest) ask(name string, qtype uint16) *dns.Msg {
	g.t.Helper()
	return g.send("udp", new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype).SetEdns0(1232, false))
}

func (g *guest) send(network string, query *dns.Msg) *dns.Msg {
	g.t.Helper()
	packed, err := query.Pack()
	if err != nil {
		g.t.Fatal(err)
	}
	reply := new(dns.Msg)
	if err := reply.Unpack(g.Answer(context.Background(), network, packed)); err != nil {
		g.t.Fatal(err)
	}
	if reply.Id != query.Id || !reply.Response || !reply.RecursionAvailable {
		g.t.Errorf("no reply to that query: %v", reply)
	}
	return reply
}

// told are the answer's records in short: the type, or the address or target of A, AAAA and CNAME.
func told(m *dns.Msg) (all []string) {
	for _, rr := range m.Answer {
		switch rr := rr.(type) {
		case *dns.A:
			all = append(all, rr.A.String())
		case *dns.AAAA:
			all = append(all, rr.AAAA.String())
		case *dns.CNAME:
			all = append(all, rr.Target)
		default:
			all = append(all, dns.Type(rr.Header().Rrtype).String())
		}
	}
	return all
}

// reason is the extended error of a reply.
func reason(m *dns.Msg) string {
	if opt := m.IsEdns0(); opt != nil {
		for _, option := range opt.Option {
			if ede, ok := option.(*dns.EDNS0_EDE); ok {
				return ede.ExtraText
			}
		}
	}
	return ""
}
