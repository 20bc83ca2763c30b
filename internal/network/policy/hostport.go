package policy

import (
	"fmt"
	"net/netip"
	"slices"
)

// decideHost decides about a connection to the host: to its gateway or to an address of its own. All that is ever opened is a port of its 127.0.0.1.
func (p Policy) decideHost(c Connection) Decision {
	port := c.To.Port()
	if c.Protocol == ICMP {
		return refuse(RuleHost, fmt.Sprintf("%s is this host, of which only ports can be opened", c.To.Addr()))
	}
	i := slices.IndexFunc(p.hostPorts, func(open ports) bool { return open.cover(c.Protocol, port) })
	switch {
	case i < 0:
		return refuse(RuleHost, fmt.Sprintf("%s is this host, and port %d is not opened; host-ports=%d would open it", c.To.Addr(), port, port))
	case c.Host.Own != nil && c.Host.Own(port):
		return refuse(RuleOwnListener, fmt.Sprintf("banger itself listens on port %d of this host", port))
	}
	dial := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
	return allow(hostPortsWord+p.hostPorts[i].String(), fmt.Sprintf("port %d of this host is opened", port), dial)
}
