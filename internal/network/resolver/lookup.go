package resolver

import (
	"context"
	"net/netip"

	"github.com/miekg/dns"
)

// Lookup gives the addresses that the guest would be told for a name, IPv4 first. Why there are none is told to Config.Report, unless the
// name just has none.
func (r *Resolver) Lookup(ctx context.Context, name string) (found []netip.Addr) {
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		a := r.decide(ctx, dns.Question{Name: dns.Fqdn(name), Qtype: kind, Qclass: dns.ClassINET})
		for _, record := range a.records {
			if addr, ok := addressOf(record); ok {
				found = append(found, addr)
			}
		}
	}
	return found
}
