package stack

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/time/rate"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// ruleSpoofed refuses frames whose sender is not the guest.
const ruleSpoofed = "spoofed"

// spoofNotices is how often such frames are told of: a guest can send them as fast as any others.
func spoofNotices() *rate.Limiter { return rate.NewLimiter(1, 1) }

// heard is called with the fact that the guest has sent something in its own name.
func (n *Network) heard() {
	if !n.spoke.Load() {
		n.spoke.Store(true)
	}
}

// dropped is called with a frame that was not admitted. A guest that was copied speaks in the name of the one that it is a copy of
// until it has been told its own, so nothing is told before it has spoken in that.
func (n *Network) dropped(frame []byte) {
	if !n.spoke.Load() {
		return
	}
	if pretended := (gate{n.config.Addresses}).pretended(frame); pretended != nil && n.spoofs.Allow() {
		n.tell(Refused, Attempt{Protocol: Frame}, ruleSpoofed, pretended)
	}
}

// pretended says as whom a frame was sent whose sender is not the guest; nil when it is, or when there is none. Who has no address
// yet may say so, and on IPv6 everybody has one of its own making for the wire alone.
func (g gate) pretended(frame []byte) error {
	eth := header.Ethernet(frame)
	mac := net.HardwareAddr(eth.SourceAddress())
	packet := frame[header.EthernetMinimumSize:]
	var from netip.Addr
	switch kind := eth.Type(); {
	case kind == header.ARPProtocolNumber && header.ARP(packet).IsValid():
		if bytes.Equal(mac, g.GuestMAC) {
			mac = header.ARP(packet).HardwareAddressSender()
		}
		from, _ = netip.AddrFromSlice(header.ARP(packet).ProtocolAddressSender())
	case kind == header.IPv4ProtocolNumber && len(packet) >= header.IPv4MinimumSize:
		from, _ = netip.AddrFromSlice(header.IPv4(packet).SourceAddressSlice())
	case kind == header.IPv6ProtocolNumber && len(packet) >= header.IPv6MinimumSize:
		from, _ = netip.AddrFromSlice(header.IPv6(packet).SourceAddressSlice())
	}
	own := !from.IsValid() || from.IsUnspecified() || from == g.Guest4 || from == g.Guest6 || from.Is6() && from.IsLinkLocalUnicast()
	if own && bytes.Equal(mac, g.GuestMAC) {
		return nil
	}
	if !from.IsValid() {
		return fmt.Errorf("a frame from %s, which is not the guest's", mac)
	}
	return fmt.Errorf("a frame from %s with the address %s, which are not both the guest's", mac, from)
}
