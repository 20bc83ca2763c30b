package network

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync/atomic"

	"banger/internal/network/greeting"
	"banger/internal/network/policy"
	"banger/internal/network/resolver"
	"banger/internal/network/stack"
)

// guard decides for the stack.
type guard struct {
	facts    facts
	policy   atomic.Pointer[policy.Policy]
	resolver *resolver.Resolver
}

// init makes g decide by some rules, with a resolver that reports what it refuses.
func (g *guard) init(r Rules, report func(resolver.Refusal)) (err error) {
	if err := g.facts.init(r); err != nil {
		return err
	}
	g.policy.Store(&r.Policy)
	g.resolver = resolver.New(resolver.Config{
		Policy: r.Policy, Host: g.host, Report: report,
		Upstreams: func() []netip.AddrPort { return resolver.Upstreams(os.DirFS("/")) },
		Dial: func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
			return stack.Host{}.DialContext(ctx, network, to.String())
		},
	})
	return nil
}

// Decide implements stack.Policy.
func (g *guard) Decide(a stack.Attempt) stack.Verdict {
	names := a.Names
	if names == nil {
		names = g.resolver.Names(a.Destination.Addr())
	}
	c := policy.Connection{Protocol: protocols[a.Protocol], To: a.Destination, Names: names, Host: g.host()}
	var d policy.Decision
	for _, claim := range claims(a.Greeting) {
		c.Claim = claim
		if d = g.policy.Load().Decide(c); !d.Allowed {
			break
		}
	}
	v := stack.Verdict{Allow: d.Allowed, Rule: d.Rule, Names: names, Inspect: d.ByName}
	if d.Allowed && a.Protocol != stack.Ping {
		v.Dial = d.Dial
	}
	return v
}

var protocols = map[stack.Protocol]policy.Protocol{stack.TCP: policy.TCP, stack.UDP: policy.UDP, stack.Ping: policy.ICMP}

// claims are the names that the guest has said, each of which must be allowed. One that says none where there should be one claims that.
func claims(g *greeting.Greeting) []policy.Claim {
	by := map[greeting.Kind]string{greeting.TLS: policy.SNI, greeting.HTTP: policy.HTTPHost}
	switch {
	case g == nil || g.Kind == greeting.Other:
		return []policy.Claim{{}}
	case len(g.Names) == 0:
		return []policy.Claim{{By: by[g.Kind]}}
	}
	var all []policy.Claim
	for _, name := range g.Names {
		all = append(all, policy.Claim{By: by[g.Kind], Name: name})
	}
	return all
}

// ownIPv6 is what the IPv6 addresses of all guests are taken from; see package address.
var ownIPv6 = netip.MustParsePrefix("fd62:6e67:7200::/48")
