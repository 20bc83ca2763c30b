package machine

import (
	"net/netip"

	"banger/internal/guestlink"
	"banger/internal/network/address"
)

// GuestNetwork is what a guest is told of its network.
func GuestNetwork(ends address.Ends) *guestlink.Network {
	return &guestlink.Network{
		MAC:       ends.GuestMAC.String(),
		Addresses: []netip.Prefix{netip.PrefixFrom(ends.Guest4, 24), netip.PrefixFrom(ends.Guest6, 64)},
		Gateways:  []netip.Addr{ends.Gateway4, ends.Gateway6},
	}
}
