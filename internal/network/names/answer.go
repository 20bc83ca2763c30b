package names

import (
	"context"
	"strings"

	"github.com/miekg/dns"

	"banger/internal/namegen"
)

// Zone is the domain that names of VMs are in.
const Zone = "vm."

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
	case q.Qclass != dns.ClassINET || !dns.IsSubDomain(Zone, q.Name) || q.Qtype == dns.TypeAXFR || q.Qtype == dns.TypeIXFR:
		reply.Rcode = dns.RcodeRefused
	default:
		s.resolve(ctx, q, reply)
	}
	return reply
}

// resolve answers a question about the zone.
func (s *Server) resolve(ctx context.Context, q dns.Question, reply *dns.Msg) {
	reply.Authoritative = true
	apex := strings.EqualFold(q.Name, Zone)
	if apex && q.Qtype == dns.TypeSOA {
		reply.Answer = []dns.RR{soa()}
		return
	}
	name, ok := vmName(q.Name)
	if !ok {
		reply.Ns = []dns.RR{soa()}
		if !apex {
			reply.Rcode = dns.RcodeNameError
		}
		return
	}
	addr, err := s.lookup(ctx, name)
	switch {
	case err != nil:
		reply.Rcode, reply.Authoritative = dns.RcodeServerFailure, false
	case addr.Is4() && q.Qtype == dns.TypeA:
		reply.Answer = []dns.RR{&dns.A{Hdr: header(q.Name, dns.TypeA, ttl), A: addr.AsSlice()}}
	case addr.IsValid():
		reply.Ns = []dns.RR{soa()}
	default:
		reply.Rcode, reply.Ns = dns.RcodeNameError, []dns.RR{soa()}
	}
}

// vmName is the name of a VM in a domain of the zone; ok is false where none can be.
func vmName(domain string) (name string, ok bool) {
	name, ok = strings.CutSuffix(strings.ToLower(domain), "."+Zone)
	return name, ok && namegen.ValidName(name) == nil
}

// soa is also how long it may be remembered that there is nothing (RFC 2308).
func soa() *dns.SOA {
	return &dns.SOA{
		Hdr: header(Zone, dns.TypeSOA, negativeTTL), Ns: "localhost.", Mbox: "nobody.invalid.",
		Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: negativeTTL, // for secondary servers, which there are none of
	}
}

func header(name string, rrtype uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: rrtype, Class: dns.ClassINET, Ttl: ttl}
}
