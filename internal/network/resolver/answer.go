package resolver

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"banger/internal/network/policy"
)

// Answer gives the answer to a guest's query that came by network, udp or tcp; both without TCP's length in front.
// Empty means that there is to be none. It takes seconds when the host's servers are silent, and less when ctx ends.
func (r *Resolver) Answer(ctx context.Context, network string, query []byte) []byte {
	if !isQuery(query) || !r.admit() {
		return nil
	}
	request := new(dns.Msg)
	if len(query) > maxQuery || request.Unpack(query) != nil {
		r.refuse("", "", policy.Decision{Rule: RuleMalformed, Text: "a DNS query that cannot be read"})
		return formatError(query)
	}
	if rcode, why := objection(request); rcode != dns.RcodeSuccess {
		name, kind := "", ""
		if len(request.Question) > 0 {
			name, kind = spell(request.Question[0])
		}
		r.refuse(name, kind, policy.Decision{Rule: RuleType, Text: why})
		return reply(network, request, failure(rcode, dns.ExtendedErrorCodeNotSupported, why))
	}
	return reply(network, request, r.decide(ctx, request.Question[0]))
}

// admit counts a query, and tells once a second that there are too many.
func (r *Resolver) admit() bool {
	if r.queries.AllowN(r.now(), 1) {
		return true
	}
	if r.notices.AllowN(r.now(), 1) {
		r.refuse("", "", policy.Decision{Rule: RuleRate, Text: "the guest asks for more names than this VM may"})
	}
	return false
}

// spell is a question as it can be printed: miekg/dns escapes what cannot.
func spell(q dns.Question) (name, kind string) {
	return strings.TrimSuffix(q.Name, "."), dns.Type(q.Qtype).String()
}

func (r *Resolver) decide(ctx context.Context, q dns.Question) answer {
	now := r.ruling.Load()
	d := now.policy.DecideName(q.Name)
	if !d.Allowed {
		name, kind := spell(q)
		r.refuse(name, kind, d)
		return failure(codeOf(d), dns.ExtendedErrorCodeProhibited, d.Text)
	}
	if d.Rule == policy.RuleHost {
		return r.hostAnswer(q)
	}
	name, _ := policy.Normalize(q.Name) // it has passed just now
	return r.resolve(ctx, now, question{name, q.Qtype})
}

// codeOf: a name that means nothing outside does not exist; of others the guest is not told.
func codeOf(d policy.Decision) int {
	if d.Rule == policy.RuleSpecialName || d.Rule == policy.RuleBadName {
		return dns.RcodeNameError
	}
	return dns.RcodeRefused
}

// hostAnswer tells the gateway's addresses.
func (r *Resolver) hostAnswer(q dns.Question) (a answer) {
	for _, addr := range r.config.Host().Gateway {
		header := dns.RR_Header{Name: q.Name, Class: dns.ClassINET, Ttl: uint32(hostTTL / time.Second)}
		switch {
		case addr.Is4() && q.Qtype == dns.TypeA:
			header.Rrtype = dns.TypeA
			a.records = append(a.records, &dns.A{Hdr: header, A: addr.AsSlice()})
		case addr.Is6() && q.Qtype == dns.TypeAAAA:
			header.Rrtype = dns.TypeAAAA
			a.records = append(a.records, &dns.AAAA{Hdr: header, AAAA: addr.AsSlice()})
		}
	}
	return a
}

// resolve gives the answer to an allowed question, from the cache or from outside, and opens the addresses in it.
func (r *Resolver) resolve(ctx context.Context, by *ruling, q question) answer {
	a, cached := by.cache.get(q, r.now())
	if !cached {
		message, err := r.forward(ctx, q)
		if err != nil {
			r.refuse(q.name, dns.Type(q.qtype).String(), policy.Decision{Rule: RuleUpstream, Text: err.Error()})
			return failure(dns.RcodeServerFailure, dns.ExtendedErrorCodeNoReachableAuthority, "no DNS server of the host's gave an answer")
		}
		a = r.sift(by.policy, q, message)
		by.cache.put(q, a, r.now())
	}
	now := r.now()
	a = a.at(now)
	for _, rr := range a.records {
		if addr, ok := addressOf(rr); ok {
			r.table.open(q.name, addr, now.Add(max(openFloor, seconds(rr.Header().Ttl))), now)
		}
	}
	return a
}

func seconds(ttl uint32) time.Duration { return time.Duration(ttl) * time.Second }

// addressOf is the address that a record leads to.
func addressOf(rr dns.RR) (addr netip.Addr, ok bool) {
	switch rr := rr.(type) {
	case *dns.A:
		addr, ok = netip.AddrFromSlice(rr.A)
	case *dns.AAAA:
		addr, ok = netip.AddrFromSlice(rr.AAAA)
	}
	return addr.Unmap(), ok
}
