package names

import (
	"context"
	"strings"

	"github.com/miekg/dns"

	"banger/internal/namegen"
)

// zone and probe are namegen's, as DNS has them.
const (
	zone  = namegen.Zone + "."
	probe = namegen.Probe + "."
)

// packet answers a query by UDP, unless there are too many.
func (s *Server) packet(w dns.ResponseWriter, query *dns.Msg) {
	select {
	case s.packets <- struct{}{}:
		defer func() { <-s.packets }()
		s.stream(w, query)
	default:
	}
}

// stream answers a query; those of one TCP connection come one after the other. The library has turned down what cannot be read, has another
// number of questions than one, or is an answer itself.
func (s *Server) stream(w dns.ResponseWriter, query *dns.Msg) {
	ctx, cancel := context.WithTimeout(s.life, patience)
	defer cancel()
	w.WriteMsg(s.answer(ctx, query)) // who has gone needs none
}

// answer is the reply to a query with one question.
func (s *Server) answer(ctx context.Context, query *dns.Msg) *dns.Msg {
	reply := new(dns.Msg).SetReply(query)
	opt := query.IsEdns0()
	if opt != nil {
		reply.SetEdns0(maxMessage, false)
	}
	q := query.Question[0]
	switch {
	case query.Opcode != dns.OpcodeQuery:
		reply.Rcode = dns.RcodeNotImplemented
	case opt != nil && opt.Version() != 0:
		reply.Rcode = dns.RcodeBadVers
	case q.Qclass != dns.ClassINET || !dns.IsSubDomain(zone, q.Name) || q.Qtype == dns.TypeAXFR || q.Qtype == dns.TypeIXFR:
		reply.Rcode = dns.RcodeRefused
	default:
		s.resolve(ctx, q, reply)
	}
	return reply
}

// resolve answers a question about the zone.
func (s *Server) resolve(ctx context.Context, q dns.Question, reply *dns.Msg) {
	reply.Authoritative = true
	known, answer, err := s.records(ctx, strings.ToLower(q.Name))
	switch {
	case err != nil:
		reply.Rcode, reply.Authoritative = dns.RcodeServerFailure, false
		return
	case !known:
		reply.Rcode = dns.RcodeNameError
	case answer != nil && answer.Header().Rrtype == q.Qtype:
		answer.Header().Name = q.Name
		reply.Answer = []dns.RR{answer}
		return
	}
	reply.Ns = []dns.RR{soa()}
}

// records tells whether there is something at a domain of the zone, and the only record that there is.
func (s *Server) records(ctx context.Context, domain string) (known bool, record dns.RR, err error) {
	switch domain {
	case zone:
		return true, soa(), nil
	case probe:
		return true, &dns.TXT{Hdr: header(dns.TypeTXT, negativeTTL), Txt: []string{namegen.ProbeText}}, nil
	}
	name, ok := strings.CutSuffix(domain, "."+zone)
	if !ok || namegen.ValidName(name) != nil {
		return false, nil, nil
	}
	addr, err := s.lookup(ctx, name)
	if addr.Is4() {
		record = &dns.A{Hdr: header(dns.TypeA, ttl), A: addr.AsSlice()}
	}
	return addr.IsValid(), record, err
}

// soa is also how long it may be remembered that there is nothing (RFC 2308).
func soa() *dns.SOA {
	hdr := header(dns.TypeSOA, negativeTTL)
	hdr.Name = zone
	return &dns.SOA{
		Hdr: hdr, Ns: "localhost.", Mbox: "nobody.invalid.",
		Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: negativeTTL, // for secondary servers, which there are none of
	}
}

func header(rrtype uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Rrtype: rrtype, Class: dns.ClassINET, Ttl: ttl}
}
