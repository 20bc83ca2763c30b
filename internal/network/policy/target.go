package policy

import (
	"net/netip"
	"strings"
)

// target is one thing that allow= opens: a name, or a range of addresses.
type target struct {
	name     string // normalised; empty when it is a range
	wildcard bool   // what is below name, not name itself
	prefix   netip.Prefix
	ports    ports
}

// parseTarget reads NAME, *.NAME, ADDRESS or RANGE, each with :PORTS behind it. An IPv6 address with ports stands in brackets.
func parseTarget(text string) (target, error) {
	if strings.Contains(text, "://") {
		return target{}, wrong("%s is a URL", quote(text)).WithRemedy("write its name and port, as in example.org:443")
	}
	host, at, hasPorts := splitPorts(text)
	var t target
	var err error
	if hasPorts {
		if t.ports, err = parsePorts(at); err != nil {
			return target{}, err
		}
	}
	if isAddress(host) {
		t.prefix, err = parseRange(host)
	} else {
		t.name, t.wildcard, err = parsePattern(host)
	}
	if err != nil {
		return target{}, err
	}
	return t, nil
}

// splitPorts parts a target from its ports, and takes brackets away: [2001:db8::]/32:53 is 2001:db8::/32 and 53.
func splitPorts(text string) (host, ports string, hasPorts bool) {
	if inner, rest, closed := strings.Cut(strings.TrimPrefix(text, "["), "]"); closed && text[0] == '[' && strings.Contains(inner, ":") {
		bits, ports, hasPorts := strings.Cut(rest, ":")
		return inner + bits, ports, hasPorts
	}
	if strings.Count(text, ":") > 1 {
		return text, "", false
	}
	return strings.Cut(text, ":")
}

func isAddress(host string) bool {
	addr, _, _ := strings.Cut(host, "/")
	_, err := netip.ParseAddr(addr)
	return err == nil || strings.Contains(host, ":")
}

func parseRange(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if addr, single := netip.ParseAddr(text); single == nil && addr.Zone() == "" {
		prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	switch {
	case err != nil:
		return netip.Prefix{}, wrong("%s is no address and no range", quote(text)).WithRemedy("use 203.0.113.7, 203.0.113.0/24 or [2001:db8::]/32")
	case prefix.Addr().Is4In6():
		return netip.Prefix{}, wrong("%s is an IPv4 address in IPv6's form", text).WithRemedy("write it as IPv4")
	case prefix != prefix.Masked():
		return netip.Prefix{}, wrong("%s is not where that range begins", text).WithRemedy("did you mean %s?", prefix.Masked())
	}
	if r, ok := narrowest(prefix); ok && !r.Open && r.inside == nil {
		return netip.Prefix{}, wrong("%s cannot be opened: it is %s", text, r).WithRemedy("host-ports=PORT opens a port of this host")
	}
	return prefix, nil
}

func parsePattern(text string) (name string, wildcard bool, err error) {
	if strings.Contains(text, "/") {
		return "", false, wrong("%s is no name", quote(text)).WithRemedy("a protocol stands behind a port, as in example.org:443/tcp; a path is no part of a target")
	}
	name, wildcard = strings.CutPrefix(text, "*.")
	if strings.Contains(name, "*") {
		return "", false, wrong("%s is no name", quote(text)).WithRemedy("a star stands for the first parts of a name, as in *.example.org; internet opens all names")
	}
	if name, err = Normalize(name); err != nil {
		return "", false, err
	}
	if s, ok := special(name); ok && s.never {
		return "", false, wrong("%s cannot be opened by name: %s", quote(text), s.why).
			WithRemedy("give its address; host-ports=PORT opens a port of this host as %s", HostName)
	}
	return name, wildcard, nil
}

// covers: the target is a name's, and that name is it or below it.
func (t target) covers(name string) bool {
	if t.name == "" {
		return false
	}
	if t.wildcard {
		return strings.HasSuffix(name, "."+t.name)
	}
	return name == t.name
}

// isPublicName: the target is a name that is asked for outside when all names are open.
func (t target) isPublicName() bool {
	name := t.name
	if t.wildcard {
		name = "any." + name
	}
	_, isSpecial := special(name)
	return t.name != "" && !isSpecial
}

// opens: the target is a range that addr lies in, and if addr is in a row of Special the range lies in that row, too, and may.
func (t target) opens(addr netip.Addr) bool {
	if t.name != "" || !t.prefix.Contains(addr) {
		return false
	}
	r, special := forbidding(addr)
	return !special || r.Open && within(t.prefix, r.Prefix)
}

// takes: the target's ports cover what the connection is. A name says nothing about UDP unless it says so.
func (t target) takes(protocol Protocol, port uint16) bool {
	if t.name != "" && protocol == UDP && t.ports.protocol != UDP {
		return false
	}
	return t.ports.cover(protocol, port)
}

// String is the target as parseTarget reads it.
func (t target) String() string {
	host := t.name
	switch {
	case t.wildcard:
		host = "*." + host
	case host == "":
		host = t.prefix.Addr().String()
		if t.prefix.Addr().Is6() && t.ports.named() {
			host = "[" + host + "]"
		}
		if !t.prefix.IsSingleIP() {
			_, bits, _ := strings.Cut(t.prefix.String(), "/")
			host += "/" + bits
		}
	}
	if t.ports.named() {
		host += ":" + t.ports.String()
	}
	return host
}
