package network

import (
	"context"
	"net/netip"
	"strings"

	"banger/internal/network/policy"
	"banger/internal/network/resolver"
)

// Step is one decision on the way to a target.
type Step struct {
	// Subject is what was decided about: a name, or a protocol with an address and a port.
	Subject string
	Allowed bool
	Rule    string
	Text    string // the reason as a sentence, harmless on a terminal
}

// Finding is what would become of an attempt to reach a target.
type Finding struct {
	Allowed bool // an address of the target can be reached
	Steps   []Step
}

// Check says what rules would do with a target: a URL, or HOST:PORT with /udp after it if wanted, or a HOST for https. It asks outside for the name's addresses, as the
// guest would, if the rules allow that, and connects to nothing. What the target is wrong about is a problem of code Invalid.
func Check(ctx context.Context, rules Rules, target string) (Finding, error) {
	to, err := parseTarget(target)
	if err != nil {
		return Finding{}, err
	}
	var f Finding
	var g guard
	err = g.init(rules, func(r resolver.Refusal) {
		f.Steps = append(f.Steps, Step{strings.TrimSpace(r.Name + " " + r.Type), false, r.Decision.Rule, r.Decision.Text})
	})
	if err != nil {
		return Finding{}, err
	}
	addresses := []netip.Addr{to.literal}
	if !to.literal.IsValid() {
		addresses = g.lookUp(ctx, to.host, &f)
	}
	for _, addr := range addresses {
		d := g.policy.Load().Decide(policy.Connection{
			Protocol: to.protocol, To: netip.AddrPortFrom(addr, to.port), Names: g.resolver.Names(addr), Claim: to.claim, Host: g.host(),
		})
		f.Steps = append(f.Steps, Step{to.at(addr), d.Allowed, d.Rule, d.Text})
		f.Allowed = f.Allowed || d.Allowed
	}
	return f, nil
}

// lookUp resolves a name as the guest would, and notes what the rules say of it.
func (g *guard) lookUp(ctx context.Context, name string, f *Finding) []netip.Addr {
	d := g.policy.Load().DecideName(name)
	if !d.Allowed {
		f.Steps = append(f.Steps, Step{name, false, d.Rule, d.Text})
		return nil
	}
	found := g.resolver.Lookup(ctx, name)
	if len(found) == 0 && len(f.Steps) == 0 {
		d.Allowed, d.Text = false, "it has no address"
	}
	f.Steps = append(f.Steps, Step{name, d.Allowed, d.Rule, d.Text})
	return found
}
