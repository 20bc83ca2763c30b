package policy

import "net/netip"

// Decision is what a policy says, and why.
type Decision struct {
	Allowed bool
	// Rule is what decided, and means the same in every version: one of the Rule constants, or what is written in the
	// policy (allow=*.example.org:443, host-ports=5432), or forbidden: and the ID of a Range (forbidden:private).
	Rule string
	Text string // the reason as a sentence, harmless on a terminal
	// Dial is where an allowed connection goes: what was asked for, or a port of the host's 127.0.0.1. Its port is 0 for ICMP.
	Dial netip.AddrPort
	// ByName: it is allowed because of a name. When the guest goes on to say one (TLS SNI, HTTP Host), Decide must be asked again with that Claim.
	ByName bool
}

// What decides apart from what is written in a policy and the table of addresses.
const (
	RuleInternet    = "internet"     // public addresses and all names are open
	RuleNone        = "none"         // nothing is
	RuleNotAllowed  = "not-allowed"  // the policy lists what is open, and this is not in it
	RuleHost        = "host"         // an address or a port of the host's that no host-ports opens; also: its name
	RuleOwnListener = "own-listener" // a port of the host that banger itself listens on
	RuleOtherVM     = "other-vm"     // an address of a VM's
	RuleDNS         = "dns"          // DNS to somebody else than the VM's resolver
	RuleClaim       = "claim"        // the guest says another name than the one that opened the address
	RuleBadName     = "bad-name"     // no name at all
	RuleSpecialName = "special-name" // a name that nobody outside may be asked for
	forbiddenPrefix = "forbidden:"   // before a Range's ID
)

func allow(rule, text string, dial netip.AddrPort) Decision {
	return Decision{Allowed: true, Rule: rule, Text: text, Dial: dial}
}

func refuse(rule, text string) Decision { return Decision{Rule: rule, Text: text} }
