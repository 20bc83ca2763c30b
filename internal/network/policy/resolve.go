package policy

import (
	"fmt"
	"net/netip"
	"slices"
)

// DecideName says whether a name may be resolved: HostName by the VM's resolver itself, any other by asking outside.
// What it refuses must not be asked for outside, in no type: a query alone carries a name out.
func (p Policy) DecideName(text string) Decision {
	if p.closed() {
		return refuse(RuleNone, "this VM's network is none, and no name resolves")
	}
	name, err := Normalize(text)
	if err != nil {
		return refuse(RuleBadName, err.Error())
	}
	if name == HostName {
		return allow(RuleHost, "this is the host", netip.AddrPort{})
	}
	return p.decideOutside(name)
}

func (p Policy) decideOutside(name string) Decision {
	s, isSpecial := special(name)
	i := slices.IndexFunc(p.targets, func(t target) bool { return t.covers(name) })
	switch {
	case isSpecial && (s.never || p.internet && i < 0):
		return refuse(RuleSpecialName, fmt.Sprintf("%s is not asked for outside: %s", name, s.why))
	case i >= 0:
		return allow(allowWord+p.targets[i].String(), name+" is allowed", netip.AddrPort{})
	case p.internet:
		return allow(RuleInternet, "all names are open", netip.AddrPort{})
	case len(p.targets) == 0:
		return refuse(RuleNone, "this VM's network is none, and only "+HostName+" resolves")
	}
	return refuse(RuleNotAllowed, fmt.Sprintf("%s is not allowed; allow=%s would open it", name, name))
}

// DecideAnswer says whether an address may be given to the guest as what an allowed name stands for. A public name whose
// address is not public (DNS rebinding) opens nothing, unless the policy opens that range by itself.
func (p Policy) DecideAnswer(host Host, name string, addr netip.Addr) Decision {
	d := p.DecideName(name)
	addr = bare(addr)
	switch {
	case !d.Allowed:
		return d
	case host.gateway(addr), host.owns(addr):
		return refuse(RuleHost, fmt.Sprintf("%s leads to %s, which is this host", quote(name), addr))
	case host.vm(addr):
		return refuse(RuleOtherVM, fmt.Sprintf("%s leads to %s, which is an address of VMs", quote(name), addr))
	}
	i := slices.IndexFunc(p.targets, func(t target) bool { return t.opens(addr) })
	if r, forbidden := forbidding(addr); forbidden && i < 0 {
		return refuse(forbiddenPrefix+r.ID, fmt.Sprintf("%s leads astray: %s", quote(name), forbiddenText(addr, r)))
	}
	return d
}
