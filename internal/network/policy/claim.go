package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Claim is the name that a guest gives inside a connection. The zero value: it has said none yet, or what it speaks has none.
type Claim struct {
	By   string // SNI or HTTPHost
	Name string // as the guest said it; empty when it speaks TLS or HTTP and leaves the name out, which is a lie, too
}

// Where a guest says whom it talks to.
const (
	SNI      = "TLS SNI"
	HTTPHost = "HTTP Host"
)

// fits: what the guest says is what t opened.
func (claim Claim) fits(t target) bool {
	text := claim.Name
	if claim.By == HTTPHost {
		text, _, _ = strings.Cut(text, ":")
	}
	name, err := Normalize(text)
	return claim.By == "" || err == nil && t.covers(name)
}

// decideNames allows what a name of the policy opens.
func (p Policy) decideNames(c Connection) Decision {
	var port, claim []string // what nearly opened it
	for _, t := range p.targets {
		i := slices.IndexFunc(c.Names, t.covers)
		switch {
		case i < 0:
		case !t.takes(c.Protocol, c.To.Port()):
			port = append(port, c.Names[i])
		case !c.Claim.fits(t):
			claim = append(claim, c.Names[i])
		default:
			d := allow(allowWord+t.String(), fmt.Sprintf("%s is allowed and led to %s", quote(c.Names[i]), c.To.Addr()), c.To)
			d.ByName = true
			return d
		}
	}
	switch {
	case claim != nil:
		return refuse(RuleClaim, fmt.Sprintf("%s opened this address, but the guest's %s is %s", quote(claim[0]), c.Claim.By, quote(c.Claim.Name)))
	case port != nil:
		return refuse(RuleNotAllowed, fmt.Sprintf("%s is allowed, but not by %s at port %d", quote(port[0]), c.Protocol, c.To.Port()))
	}
	return refuse(RuleNotAllowed, fmt.Sprintf("no allowed name has led to %s", c.To.Addr()))
}
