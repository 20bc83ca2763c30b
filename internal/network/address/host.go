package address

import (
	"net"
	"net/netip"
)

// OfHost are the addresses of all of this host's interfaces, at this moment.
func OfHost() (all []netip.Addr, err error) {
	addresses, err := net.InterfaceAddrs()
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(network.IP); ok {
				all = append(all, ip.Unmap())
			}
		}
	}
	return all, err
}
