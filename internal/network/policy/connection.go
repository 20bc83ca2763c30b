package policy

import (
	"fmt"
	"net/netip"
	"slices"
)

// Connection is one that a guest begins, or has, and what is known about it.
type Connection struct {
	Protocol Protocol
	To       netip.AddrPort // the port is 0 for ICMP
	Names    []string       // that opened To's address, as the resolver's table has them
	Claim    Claim          // what the guest has said so far about whom it talks to
	Host     Host
}

// Host is what must be known of the host, at this moment: its addresses change.
type Host struct {
	Gateway   []netip.Addr   // where guests reach the host's ports; the answers to host.banger
	Addresses []netip.Addr   // of all its interfaces
	VMs       []netip.Prefix // what guests' addresses are taken from
	// Own reports whether a port of its 127.0.0.1 is banger's own; nil means that none is. It is asked only for a port that would be opened.
	Own func(port uint16) bool
}

// Decide says whether a connection may be, and where to dial. Of UDP and ICMP each flow is a connection.
func (p Policy) Decide(c Connection) Decision {
	addr := bare(c.To.Addr())
	c.To = netip.AddrPortFrom(addr, c.To.Port())
	switch {
	case !addr.IsValid():
		return refuse(RuleNotAllowed, "there is no address")
	case c.Host.gateway(addr), c.Host.owns(addr):
		return p.decideHost(c)
	case c.Host.vm(addr):
		return refuse(RuleOtherVM, fmt.Sprintf("%s is an address of VMs, which do not reach each other", addr))
	}
	if d, opened := p.decideRange(c); opened {
		return d
	}
	if r, forbidden := forbidding(addr); forbidden {
		return refuse(forbiddenPrefix+r.ID, forbiddenText(addr, r))
	}
	if isDNS(c.Protocol, c.To.Port()) {
		return refuse(RuleDNS, fmt.Sprintf("names are resolved by the VM's own resolver only; allow=%s:%d would open this one", addr, c.To.Port()))
	}
	return p.decidePublic(c)
}

// decideRange allows what a range of the policy opens.
func (p Policy) decideRange(c Connection) (Decision, bool) {
	for _, t := range p.targets {
		fits := t.opens(c.To.Addr()) && t.takes(c.Protocol, c.To.Port())
		if fits && (t.ports.named() || !isDNS(c.Protocol, c.To.Port())) {
			return allow(allowWord+t.String(), fmt.Sprintf("%s is in an allowed range", c.To.Addr()), c.To), true
		}
	}
	return Decision{}, false
}

func (p Policy) decidePublic(c Connection) Decision {
	switch {
	case p.internet:
		return allow(RuleInternet, fmt.Sprintf("%s is a public address", c.To.Addr()), c.To)
	case len(p.targets) == 0:
		return refuse(RuleNone, "this VM's network is none")
	}
	return p.decideNames(c)
}

// isDNS: the ports of DNS, and of DNS over TLS and QUIC.
func isDNS(protocol Protocol, port uint16) bool {
	return protocol != ICMP && (port == 53 || port == 853)
}

func forbiddenText(addr netip.Addr, r Range) string {
	text := fmt.Sprintf("%s is not public: %s", addr, r)
	if !r.Prefix.Contains(addr) {
		text = fmt.Sprintf("%s holds an address that is not public: %s", addr, r)
	}
	if r.Open && r.Prefix.Contains(addr) {
		text += fmt.Sprintf("; allow=%s would open it", addr)
	}
	return text
}

func (h Host) gateway(addr netip.Addr) bool { return slices.ContainsFunc(h.Gateway, same(addr)) }

// owns: addr, or one that it holds, is one of the host's.
func (h Host) owns(addr netip.Addr) bool {
	return slices.ContainsFunc(forms(addr), func(form netip.Addr) bool { return slices.ContainsFunc(h.Addresses, same(form)) })
}

func (h Host) vm(addr netip.Addr) bool {
	return slices.ContainsFunc(forms(addr), func(form netip.Addr) bool {
		return slices.ContainsFunc(h.VMs, func(vms netip.Prefix) bool { return vms.Contains(form) })
	})
}

func same(addr netip.Addr) func(netip.Addr) bool {
	return func(other netip.Addr) bool { return bare(other) == addr }
}
