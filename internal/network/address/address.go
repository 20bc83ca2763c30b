package address

import (
	"fmt"
	"net"
	"net/netip"
)

// MTU is the size of the largest IP packet on the wire, in bytes. A frame of it is 65534 bytes: what fits the largest pooled
// buffer of gVisor's stack (64 KiB) and what QEMU takes. An emulated guest gets twice as much through it as with 1500.
const MTU = 65520

// Ends are those of the two ends of a guest's wire.
type Ends struct {
	Guest4, Gateway4 netip.Addr // in one /24
	Guest6, Gateway6 netip.Addr // in one /64, unique local
	GuestMAC         net.HardwareAddr
	GatewayMAC       net.HardwareAddr
}

// Of derives the addresses from the guest's IPv4 address, which is neither the first of its /24 that a host may have, since that is the
// gateway's, nor the network's, nor for all. 172.16.0.2 has fd62:6e67:7200:1000::2 and 52:54:ac:10:00:02.
func Of(guest netip.Addr) (Ends, error) {
	if !guest.Is4() {
		return Ends{}, fmt.Errorf("the guest's address %s is not IPv4", guest)
	}
	b := guest.As4()
	if b[3] < 2 || b[3] == 255 {
		return Ends{}, fmt.Errorf("the guest's address %s does not end in 2 to 254", guest)
	}
	gateway := b
	gateway[3] = 1
	return Ends{
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
