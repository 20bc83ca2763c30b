package policy

import (
	"strconv"
	"strings"

	"banger/internal/problem"
)

// Protocol is what a connection speaks above IP.
type Protocol string

// The protocols that a policy knows. ICMP is the echo of either IP; it has no ports.
const (
	TCP  Protocol = "tcp"
	UDP  Protocol = "udp"
	ICMP Protocol = "icmp"
)

// ports are those from one to another, both included. The zero value is every port, and what has no ports.
type ports struct {
	from, to uint16
	protocol Protocol // empty: TCP and UDP
}

// parsePorts reads 443, 8000-8010 and either with /tcp or /udp.
func parsePorts(text string) (ports, error) {
	numbers, protocol, some := strings.Cut(text, "/")
	p := ports{protocol: Protocol(protocol)}
	if some && p.protocol != TCP && p.protocol != UDP {
		return ports{}, wrong("%s is no protocol", quote(protocol)).WithRemedy("use /tcp or /udp, or nothing for both")
	}
	first, last, isRange := strings.Cut(numbers, "-")
	if !isRange {
		last = first
	}
	var ok, also bool
	p.from, ok = port(first)
	p.to, also = port(last)
	if !ok || !also || p.from > p.to {
		return ports{}, wrong("%s is no port", quote(numbers)).WithRemedy("use a number from 1 to 65535, or two such as 8000-8010")
	}
	return p, nil
}

// port reads a number that is written as String writes it.
func port(text string) (uint16, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return uint16(n), err == nil && n > 0 && strconv.FormatUint(n, 10) == text
}

// named: there is a port, rather than all of them.
func (p ports) named() bool { return p.from != 0 }

func (p ports) cover(protocol Protocol, port uint16) bool {
	if !p.named() {
		return true
	}
	return protocol != ICMP && (p.protocol == "" || p.protocol == protocol) && p.from <= port && port <= p.to
}

func (p ports) String() string {
	text := strconv.Itoa(int(p.from))
	if p.to != p.from {
		text += "-" + strconv.Itoa(int(p.to))
	}
	if p.protocol != "" {
		text += "/" + string(p.protocol)
	}
	return text
}

func wrong(format string, args ...any) *problem.Error {
	return problem.New(problem.Invalid, format, args...)
}
