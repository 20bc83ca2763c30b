package policy

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// specialName is what a name ends in when nobody outside is asked for it just because all names are open.
type specialName struct {
	end, why string
	never    bool // no policy opens it either; else one that names it does
}

var specialNames = []specialName{
	{"banger", "banger's own names end so", true},
	{"vm", "names of VMs are for the host", true},
	{"localhost", "it is the asking machine itself (RFC 6761)", true},
	{"invalid", "it never exists (RFC 6761)", true},
	{"onion", "it is Tor's (RFC 7686)", true},
	{"local", "it belongs to the host's network (RFC 6762)", false},
	{"home.arpa", "it belongs to the host's network (RFC 8375)", false},
}

// special finds what is special about a normalised name.
func special(name string) (specialName, bool) {
	for _, s := range specialNames {
		if name == s.end || strings.HasSuffix(name, "."+s.end) {
			return s, true
		}
	}
	if r, ok := narrowest(reversed(name)); ok && r.inside == nil {
		return specialName{why: "it asks who has an address that is not public: " + r.String()}, true
	}
	return specialName{why: "without a dot it belongs to the host's network"}, !strings.Contains(name, ".")
}

// reversed is the range that a name below in-addr.arpa or ip6.arpa stands for: an address, or as much of it as the name has.
// It is the zero Prefix for other names.
func reversed(name string) netip.Prefix {
	if digits, ok := strings.CutSuffix(name, ".in-addr.arpa"); ok {
		return fromLabels(digits, 4, 10, 8)
	}
	if digits, ok := strings.CutSuffix(name, ".ip6.arpa"); ok {
		return fromLabels(digits, 32, 16, 4)
	}
	return netip.Prefix{}
}

// fromLabels puts an address together from its digits, each of so many bits, the last one first, until one is no digit.
func fromLabels(text string, most, base, bits int) netip.Prefix {
	labels := strings.Split(text, ".")
	slices.Reverse(labels)
	raw := make([]byte, most*bits/8)
	known := 0
	for _, label := range labels[:min(len(labels), most)] {
		digit, err := strconv.ParseUint(label, base, bits)
		if err != nil {
			break
		}
		raw[known/8] |= byte(digit) << (8 - bits - known%8)
		known += bits
	}
	addr, _ := netip.AddrFromSlice(raw)
	return netip.PrefixFrom(addr, known)
}
