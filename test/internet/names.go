package main

import (
	"errors"
	"net"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// nameServers serve the same names. The host knows the first.
var nameServers = []string{"8.8.8.8", "1.1.1.1"}

// names are all there are, and later is what some answer to every second question.
const (
	names = `
www.example.com.            60 A     93.184.215.14
www.example.com.            60 AAAA  2606:2800::14
git.example.com.            60 A     93.184.215.15
deb.example.com.            60 A     93.184.215.16
alias.example.com.          60 CNAME www.example.com.
example.org.                60 A     93.184.215.17
api.example.org.            60 A     93.184.215.17
evil.example.net.           60 A     93.184.215.14
api.example.org.example.net. 60 A    93.184.215.18
apiexample.org.             60 A     93.184.215.18
rebind.example.net.          0 A     93.184.215.20
lan.example.net.            60 A     10.0.0.5
lan.example.net.            60 AAAA  fd00::1
mapped.example.net.         60 AAAA  ::ffff:10.0.0.5
nat64.example.net.          60 AAAA  64:ff9b::a00:5
mixed.example.net.          60 A     93.184.215.21
mixed.example.net.          60 A     192.168.7.7
chain.example.net.          60 CNAME link.example.net.
link.example.net.           60 CNAME lan.example.net.
endless.example.net.        60 CNAME again.example.net.
again.example.net.          60 CNAME endless.example.net.
host.example.net.           60 A     93.184.216.2
loopback.example.net.       60 A     127.0.0.1
metadata.google.internal.   60 A     169.254.169.254
`
	later = `
rebind.example.net.          0 A     10.0.0.5
`
)

// zone are records by name.
type zone map[string][]dns.RR

func readZone(text string) (zone, error) {
	z, parser := zone{}, dns.NewZoneParser(strings.NewReader(text), ".", "")
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		z[rr.Header().Name] = append(z[rr.Header().Name], rr)
	}
	return z, parser.Err()
}

// nameServer answers as a server does that asks others in turn: with the whole chain of a name.
type nameServer struct {
	eyes       *eyes
	now, later zone

	mu    sync.Mutex
	asked map[string]bool // an odd number of times
}

func serveNames(e *eyes) error {
	now, err := readZone(names)
	rest, err2 := readZone(later)
	if err = errors.Join(err, err2); err != nil {
		return err
	}
	s := &nameServer{eyes: e, now: now, later: rest, asked: map[string]bool{}}
	for _, address := range nameServers {
		datagrams, err := net.ListenPacket("udp", net.JoinHostPort(address, "53"))
		if err != nil {
			return err
		}
		streams, err := net.Listen("tcp", net.JoinHostPort(address, "53"))
		if err != nil {
			return err
		}
		go dns.ActivateAndServe(nil, datagrams, s)
		go dns.ActivateAndServe(streams, nil, s)
	}
	return nil
}

// ServeDNS implements dns.Handler.
func (s *nameServer) ServeDNS(w dns.ResponseWriter, query *dns.Msg) {
	q := query.Question[0]
	s.eyes.query(strings.TrimSuffix(q.Name, "."))
	answer := new(dns.Msg).SetReply(query)
	answer.RecursionAvailable = true
	name := strings.ToLower(q.Name)
	for range 8 {
		next := ""
		for _, rr := range s.records(name, q.Qtype) {
			if alias, ok := rr.(*dns.CNAME); ok {
				next = alias.Target
			}
			answer.Answer = append(answer.Answer, rr)
		}
		if next == "" {
			break
		}
		name = next
	}
	if len(s.now[name]) == 0 {
		answer.Rcode = dns.RcodeNameError
	}
	w.WriteMsg(answer)
}

func (s *nameServer) records(name string, kind uint16) (some []dns.RR) {
	all := s.now[name]
	s.mu.Lock()
	if changed, ok := s.later[name]; ok && kind == dns.TypeA {
		if s.asked[name] {
			all = changed
		}
		s.asked[name] = !s.asked[name]
	}
	s.mu.Unlock()
	for _, rr := range all {
		if of := rr.Header().Rrtype; of == kind || of == dns.TypeCNAME {
			some = append(some, rr)
		}
	}
	return some
}
