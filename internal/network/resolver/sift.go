package resolver

import (
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"banger/internal/network/policy"
)

// sift takes from an upstream's message what answers the question, and what the policy lets through of that.
func (r *Resolver) sift(p policy.Policy, q question, message *dns.Msg) answer {
	records, whole := chain(q, message.Answer)
	if !whole {
		return failure(dns.RcodeServerFailure, dns.ExtendedErrorCodeOther, "the name leads from name to name without end")
	}
	a := answer{rcode: message.Rcode, since: r.now()}
	host := r.config.Host()
	for _, rr := range records {
		if d, fits := judge(p, host, q, rr); fits && d.Allowed {
			a.records = append(a.records, tamed(rr))
		} else if fits {
			r.refuse(q.name, dns.Type(q.qtype).String(), d)
			a.ede = &dns.EDNS0_EDE{InfoCode: dns.ExtendedErrorCodeFiltered, ExtraText: d.Text}
		}
	}
	a.soa = soaOf(message.Ns)
	a.until = a.since.Add(lifetime(a, q))
	return a
}

// chain follows CNAMEs from the question's name, and gives them with the records of its type at their end.
func chain(q question, all []dns.RR) (found []dns.RR, whole bool) {
	owner := dns.Fqdn(q.name)
	for range maxChain {
		next := ""
		for _, rr := range all {
			head := rr.Header()
			if !strings.EqualFold(head.Name, owner) || head.Class != dns.ClassINET || len(found) == maxRecords {
				continue
			}
			alias, isAlias := rr.(*dns.CNAME)
			if head.Rrtype == q.qtype {
				found = append(found, rr)
			} else if isAlias && next == "" {
				found, next = append(found, rr), alias.Target
			}
		}
		if next == "" {
			return found, true
		}
		owner = next
	}
	return nil, false
}

// judge asks the policy about a record's address. A record that should have one and has none does not fit.
func judge(p policy.Policy, host policy.Host, q question, rr dns.RR) (d policy.Decision, fits bool) {
	if kind := rr.Header().Rrtype; kind != dns.TypeA && kind != dns.TypeAAAA {
		return policy.Decision{Allowed: true}, true
	}
	addr, ok := addressOf(rr)
	return p.DecideAnswer(host, q.name, addr), ok
}

// tamed is a copy of a record that lives an hour at most, and gives away no address that nobody judged: those stand in HTTPS and SVCB
// records as hints. What these say of encrypted client hellos goes, too: with one, the name that is said in the open is not the one that opened the address.
func tamed(rr dns.RR) dns.RR {
	rr = dns.Copy(rr)
	rr.Header().Ttl = min(rr.Header().Ttl, uint32(maxTTL/time.Second))
	switch rr := rr.(type) {
	case *dns.HTTPS:
		rr.Value = slices.DeleteFunc(rr.Value, revealing)
	case *dns.SVCB:
		rr.Value = slices.DeleteFunc(rr.Value, revealing)
	}
	return rr
}

func revealing(pair dns.SVCBKeyValue) bool {
	return slices.Contains([]dns.SVCBKey{dns.SVCB_IPV4HINT, dns.SVCB_IPV6HINT, dns.SVCB_ECHCONFIG}, pair.Key())
}

func soaOf(authority []dns.RR) []dns.RR {
	for _, rr := range authority {
		if soa, ok := rr.(*dns.SOA); ok {
			return []dns.RR{tamed(soa)}
		}
	}
	return nil
}

// lifetime is how long the answer may be told again: as long as the record of it that lives shortest.
func lifetime(a answer, q question) time.Duration {
	if a.rcode != dns.RcodeSuccess || !slices.ContainsFunc(a.records, func(rr dns.RR) bool { return rr.Header().Rrtype == q.qtype }) {
		return negativeLifetime(a.soa)
	}
	shortest := maxTTL
	for _, rr := range a.records {
		shortest = min(shortest, seconds(rr.Header().Ttl))
	}
	return shortest
}

// negativeLifetime is that of "there is none" (RFC 2308); without a word about it, it is not kept.
func negativeLifetime(authority []dns.RR) time.Duration {
	for _, rr := range authority {
		if soa, ok := rr.(*dns.SOA); ok {
			return min(negativeTTL, seconds(soa.Hdr.Ttl), seconds(soa.Minttl))
		}
	}
	return 0
}
