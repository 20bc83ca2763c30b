package stack

import (
	"bytes"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"banger/internal/network/address"
)

// verdict is what becomes of a frame of the guest's.
type fate int

const (
	drop  fate = iota
	pass       // to the stack
	outer      // an echo request for somebody else than the gateway
)

// gate looks at frames. It knows nothing but the addresses, and keeps no state.
type gate struct{ address.Ends }

// judge says what becomes of a frame, which has an Ethernet header at least. What passes has the guest's MAC as source and one of its
// addresses, and is TCP, UDP, an ICMP error, an echo request to the gateway, or the question for the gateway's MAC.
func (g gate) judge(frame []byte) fate {
	eth := header.Ethernet(frame)
	if string(eth.SourceAddress()) != string(g.GuestMAC) {
		return drop
	}
	toGateway := string(eth.DestinationAddress()) == string(g.GatewayMAC)
	packet := frame[header.EthernetMinimumSize:]
	switch eth.Type() {
	case header.ARPProtocolNumber:
		return g.arp(packet)
	case header.IPv4ProtocolNumber:
		if toGateway {
			return g.ipv4(packet)
		}
	case header.IPv6ProtocolNumber:
		if toGateway || header.IsMulticastEthernetAddress(eth.DestinationAddress()) {
			return g.ipv6(packet, toGateway)
		}
	}
	return drop
}

// arp passes questions for the gateway by the guest, who may have no address yet.
func (g gate) arp(packet []byte) fate {
	h := header.ARP(packet)
	if !h.IsValid() || h.Op() != header.ARPRequest || !bytes.Equal(h.HardwareAddressSender(), g.GuestMAC) {
		return drop
	}
	sender := tcpip.AddrFrom4Slice(h.ProtocolAddressSender())
	if sender != header.IPv4Any && !same(sender, g.Guest4) || !same(tcpip.AddrFrom4Slice(h.ProtocolAddressTarget()), g.Gateway4) {
		return drop
	}
	return pass
}

func (g gate) ipv4(packet []byte) fate {
	h := header.IPv4(packet)
	if !h.IsValid(len(packet)) || !same(h.SourceAddress(), g.Guest4) || martian(h.DestinationAddressSlice()) {
		return drop
	}
	switch h.TransportProtocol() {
	case header.TCPProtocolNumber, header.UDPProtocolNumber:
		return pass
	case header.ICMPv4ProtocolNumber:
		if h.FragmentOffset() != 0 || h.More() {
			return drop // no ping is that long, on a wire that takes 64 KiB at once
		}
		return g.icmp4(header.ICMPv4(packet[h.HeaderLength():h.TotalLength()]), same(h.DestinationAddress(), g.Gateway4))
	}
	return drop
}

func (g gate) icmp4(h header.ICMPv4, own bool) fate {
	if len(h) < header.ICMPv4MinimumSize {
		return drop
	}
	switch h.Type() {
	case header.ICMPv4Echo:
		return echo(own)
	case header.ICMPv4DstUnreachable, header.ICMPv4TimeExceeded, header.ICMPv4ParamProblem:
		return pass
	}
	return drop
}

// ipv6 knows no extension headers but that of a fragment: the stack would look behind them, and this does not.
func (g gate) ipv6(packet []byte, toGateway bool) fate {
	h := header.IPv6(packet)
	if !h.IsValid(len(packet)) || martian(h.DestinationAddressSlice()) {
		return drop
	}
	payload := packet[header.IPv6MinimumSize:][:h.PayloadLength()]
	own := same(h.SourceAddress(), g.Guest6)
	next := h.TransportProtocol()
	if next == header.ICMPv6ProtocolNumber {
		return g.icmp6(h, header.ICMPv6(payload), own, toGateway)
	}
	if next == header.IPv6FragmentHeader && len(payload) >= header.IPv6FragmentHeaderSize {
		next = tcpip.TransportProtocolNumber(payload[0])
	}
	if own && toGateway && (next == header.TCPProtocolNumber || next == header.UDPProtocolNumber) {
		return pass
	}
	return drop
}

func (g gate) icmp6(h header.IPv6, m header.ICMPv6, own, toGateway bool) fate {
	if len(m) < header.ICMPv6MinimumSize {
		return drop
	}
	switch m.Type() {
	case header.ICMPv6NeighborSolicit: // from a link-local address too: Linux asks again from there
		if len(m) >= header.ICMPv6NeighborSolicitMinimumSize && (own || header.IsV6LinkLocalUnicastAddress(h.SourceAddress())) &&
			same(header.NDPNeighborSolicit(m.MessageBody()).TargetAddress(), g.Gateway6) {
			return pass
		}
	case header.ICMPv6EchoRequest:
		if own && toGateway {
			return echo(same(h.DestinationAddress(), g.Gateway6))
		}
	case header.ICMPv6DstUnreachable, header.ICMPv6PacketTooBig, header.ICMPv6TimeExceeded, header.ICMPv6ParamProblem:
		if own && toGateway {
			return pass
		}
	}
	return drop
}

func echo(own bool) fate {
	if own {
		return pass
	}
	return outer
}

func same(a tcpip.Address, b netip.Addr) bool { return string(a.AsSlice()) == string(b.AsSlice()) }
