package publish

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"banger/internal/problem"
)

// Spec is a port to publish.
type Spec struct {
	Host  netip.AddrPort // port 0: a free one
	Guest uint16         // never 0
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

const how = "write [ADDR:]HOST:GUEST, such as 8080:80, 127.0.0.1:8080:80, [::1]:8080:80, or :80 for a free port"

// Parse reads [ADDR:]HOST:GUEST. Its errors are of code Invalid.
func Parse(text string) (Spec, error) {
	ports, protocol, some := strings.Cut(text, "/")
	if some && protocol != "tcp" {
		return Spec{}, wrong("port %s cannot be published: only TCP can, not %s", quote(text), quote(protocol)).WithRemedy("leave out what follows the slash, if TCP will do")
	}
	rest, guest, some := cutLast(ports)
	if !some {
		return Spec{}, wrong("%s lacks a port of this host or of the VM", quote(text)).WithRemedy(how)
	}
	addr, host, some := cutLast(rest)
	if !some {
		addr, host = loopback.String(), rest
	}
	return parts{text, addr, host, guest}.parse()
}

// parts are the pieces of a text.
type parts struct{ text, addr, host, guest string }

func (p parts) parse() (Spec, error) {
	addr, ok := address(p.addr)
	if !ok {
		return Spec{}, wrong("%s in %s is no address", quote(p.addr), quote(p.text)).WithRemedy(how)
	}
	guest, ok := port(p.guest)
	if !ok || guest == 0 {
		return Spec{}, wrong("%s in %s is no port of a VM", quote(p.guest), quote(p.text)).WithRemedy("use a number from 1 to 65535")
	}
	host, ok := port(p.host)
	if !ok && p.host != "" {
		return Spec{}, wrong("%s in %s is no port of this host", quote(p.host), quote(p.text)).WithRemedy("use a number from 1 to 65535, or nothing for a free one")
	}
	return Spec{netip.AddrPortFrom(addr, host), guest}, nil
}

// String is what Parse reads as s.
func (s Spec) String() string { return fmt.Sprintf("%s:%d", s.Host, s.Guest) }

func cutLast(text string) (before, after string, some bool) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return "", text, false
	}
	return text[:i], text[i+1:], true
}

// address reads an IPv4 address, or one of IPv6 in brackets. There are no zones.
func address(text string) (netip.Addr, bool) {
	inner, bracketed := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	addr, err := netip.ParseAddr(inner)
	return addr.Unmap(), err == nil && bracketed == closed && bracketed == addr.Is6() && addr.Zone() == ""
}

// port reads a number that is written in one way only.
func port(text string) (uint16, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return uint16(n), err == nil && strconv.FormatUint(n, 10) == text
}

// quote shows a piece of what was written, which may be long and hold anything.
func quote(text string) string {
	const most = 50
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strconv.QuoteToASCII(text)
}

func wrong(format string, args ...any) *problem.Error {
	return problem.New(problem.Invalid, format, args...)
}
