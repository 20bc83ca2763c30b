package stack

import (
	"fmt"
	"net"
	"net/netip"
)

// Addresses are those of the two ends of a guest's wire.
type Addresses struct {
	Guest4, Gateway4 netip.Addr // in one /24
	Guest6, Gateway6 netip.Addr // in one /64, unique local
	GuestMAC         net.HardwareAddr
	GatewayMAC       net.HardwareAddr
}

// AddressesOf derives the addresses from the guest's IPv4 address, which is neither the first of its /24 that a host may have, since that is the
// gateway's, nor the network's, nor for all. 172.16.0.2 has fd62:6e67:7200:1000::2 and 52:54:ac:10:00:02.
func AddressesOf(guest netip.Addr) (Addresses, error) {
	if !guest.Is4() {
		return Addresses{}, fmt.Errorf("the guest's address %s is not IPv4", guest)
	}
	b := guest.As4()
	if b[3] < 2 || b[3] == 255 {
		return Addresses{}, fmt.Errorf("the guest's address %s does not end in 2 to 254", guest)
	}
	gateway := b
	gateway[3] = 1
	return Addresses{
		Guest4: guest, Gateway4: netip.AddrFrom4(gateway),
		Guest6: local(b), Gateway6: local(gateway),
		GuestMAC: mac(b), GatewayMAC: mac(gateway),
	}, nil
}

// local is the address in fd62:6e67:7200::/48 ("bngr") whose subnet is the middle of an IPv4 address and whose host its end.
func local(b [4]byte) netip.Addr {
	return netip.AddrFrom16([16]byte{0xfd, 'b', 'n', 'g', 'r', 0, b[1], b[2], 15: b[3]})
}

// mac is a locally administered address in the range that QEMU's users know.
func mac(b [4]byte) net.HardwareAddr {
	return net.HardwareAddr{0x52, 0x54, b[0], b[1], b[2], b[3]}
}
