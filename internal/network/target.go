package network

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"banger/internal/network/policy"
	"banger/internal/problem"
)

// target is what Check is asked about.
type target struct {
	protocol policy.Protocol
	host     string
	literal  netip.Addr // when host is one
	port     uint16
	claim    policy.Claim
}

func (t target) at(addr netip.Addr) string {
	if t.protocol == policy.ICMP {
		return string(t.protocol) + " " + addr.String()
	}
	return string(t.protocol) + " " + netip.AddrPortFrom(addr, t.port).String()
}

// schemes are those of URLs that are known: protocol, port, and where the host's name is said.
var schemes = map[string]struct {
	protocol policy.Protocol
	port     uint16
	claim    string
}{
	"http": {policy.TCP, 80, policy.HTTPHost}, "ws": {policy.TCP, 80, policy.HTTPHost},
	"https": {policy.TCP, 443, policy.SNI}, "wss": {policy.TCP, 443, policy.SNI},
	"ssh": {policy.TCP, 22, ""}, "git": {policy.TCP, 9418, ""}, "tcp": {policy.TCP, 0, ""}, "udp": {policy.UDP, 0, ""}, "ping": {policy.ICMP, 0, ""},
}

func parseTarget(text string) (target, error) {
	switch {
	case strings.Contains(text, "://"):
	case !strings.Contains(text, ":"):
		text = "https://" + text
	default:
		rest, udp := strings.CutSuffix(text, "/udp")
		text = "tcp://" + strings.TrimSuffix(rest, "/tcp")
		if udp {
			text = "udp://" + rest
		}
	}
	u, err := url.Parse(text)
	if err != nil {
		return target{}, wrongTarget("%.100q cannot be read: %w", text, err)
	}
	s, known := schemes[u.Scheme]
	if !known || u.Hostname() == "" {
		return target{}, wrongTarget("%.100q is no target that is known", text)
	}
	t := target{protocol: s.protocol, host: u.Hostname(), port: s.port, claim: policy.Claim{By: s.claim}}
	if u.Port() != "" {
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil {
			return target{}, wrongTarget("%.20q is no port", u.Port())
		}
		t.port = uint16(port)
	}
	if t.port == 0 && t.protocol != policy.ICMP {
		return target{}, wrongTarget("%.100q lacks a port", text)
	}
	t.literal, _ = netip.ParseAddr(t.host)
	if t.claim.By != "" && !t.literal.IsValid() {
		t.claim.Name = t.host
	} else {
		t.claim = policy.Claim{}
	}
	return t, nil
}

func wrongTarget(format string, args ...any) error {
	return problem.New(problem.Invalid, "%w", fmt.Errorf(format, args...)).
		WithRemedy("write a URL such as https://example.org, or HOST:PORT, HOST:PORT/udp, ping://HOST")
}
