package stack

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/time/rate"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// The rules that refuse frames, whatever the policy says.
const (
	ruleSpoofed = "spoofed" // the sender is not the guest
	ruleMartian = "martian" // the destination is nobody's on a wire
)

// frameNotices is how often such frames are told of: a guest can send them as fast as any others.
func frameNotices() *rate.Limiter { return rate.NewLimiter(1, 1) }

// heard is called when the guest has sent something in its own name.
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
	if rule, err := (gate{n.config.Addresses}).objection(frame); err != nil && n.notices.Allow() {
		n.tell(Refused, Attempt{Protocol: Frame}, rule, err)
	}
}

// objection says what is wrong with a frame's addresses, if anything is. Who has no address yet may say so as sender, and on IPv6
// everybody has one of its own making for the wire alone.
func (g gate) objection(frame []byte) (rule string, err error) {
	mac, from, to := g.addresses(frame)
	sender := mac.String()
	if from.IsValid() {
		sender += " with the address " + from.String()
	}
	own := !from.IsValid() || from.IsUnspecified() || from == g.Guest4 || from == g.Guest6 || from.Is6() && from.IsLinkLocalUnicast()
	switch {
	case !bytes.Equal(mac, g.GuestMAC):
		return ruleSpoofed, fmt.Errorf("a frame from %s: the MAC is not the guest's", sender)
	case !own:
		return ruleSpoofed, fmt.Errorf("a frame from %s, which is not the guest's", sender)
	case martian(to.AsSlice()):
		return ruleMartian, fmt.Errorf("a frame to %s, which stands for nobody on a wire", to)
	}
	return "", nil
}

// martian: an address that means something inside a machine only.
func martian(destination []byte) bool {
	to, _ := netip.AddrFromSlice(destination)
	return to.IsLoopback() || to.Is4In6()
}

// addresses are those in a frame, as far as it has any. A MAC that is not the guest's counts, wherever in a question for another's it stands.
func (g gate) addresses(frame []byte) (mac net.HardwareAddr, from, to netip.Addr) {
	eth := header.Ethernet(frame)
	mac = net.HardwareAddr(eth.SourceAddress())
	packet := frame[header.EthernetMinimumSize:]
	switch kind := eth.Type(); {
	case kind == header.ARPProtocolNumber && header.ARP(packet).IsValid():
		if bytes.Equal(mac, g.GuestMAC) {
			mac = header.ARP(packet).HardwareAddressSender()
		}
		from, _ = netip.AddrFromSlice(header.ARP(packet).ProtocolAddressSender())
	case kind == header.IPv4ProtocolNumber && len(packet) >= header.IPv4MinimumSize:
		h := header.IPv4(packet)
		from, _ = netip.AddrFromSlice(h.SourceAddressSlice())
		to, _ = netip.AddrFromSlice(h.DestinationAddressSlice())
	case kind == header.IPv6ProtocolNumber && len(packet) >= header.IPv6MinimumSize:
		h := header.IPv6(packet)
		from, _ = netip.AddrFromSlice(h.SourceAddressSlice())
		to, _ = netip.AddrFromSlice(h.DestinationAddressSlice())
	}
	return mac, from, to
}
