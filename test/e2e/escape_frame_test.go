package e2e

import (
	"net"
	"net/netip"
	"slices"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"banger/api"
	"banger/internal/network/address"
)

// frameEscapes are what no guest's kernel would send.
func frameEscapes(t *testing.T, own, other api.VM) []escape {
	t.Helper()
	w, far := wire{endsOf(t, own)}, endsOf(t, other)
	public4, public6 := netip.MustParseAddr("93.184.215.14"), netip.MustParseAddr("2606:2800::14")
	private4, private6 := netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("fd00::1")
	first, second := fragments(w.datagram(w.Guest4, private4))
	late := w.fragment6(w.datagram(w.Guest6, private6))
	return []escape{
		{name: "fragments", frames: [][]byte{w.frame(first), w.frame(second)}, rule: "forbidden:private", about: private4.String()},
		{name: "fragments, the last one first", frames: [][]byte{w.frame(second), w.frame(first)}, rule: "forbidden:private", about: private4.String()},
		{name: "a fragment that is whole", frames: [][]byte{w.frame(late)}, rule: "forbidden:private", about: private6.String()},
		{name: "a mapped destination", frames: [][]byte{w.frame(w.datagram(w.Guest6, netip.MustParseAddr("::ffff:10.0.0.5")))}, rule: "martian", about: "::ffff:10.0.0.5"},
		{name: "a mapped loopback", frames: [][]byte{w.frame(w.datagram(w.Guest6, netip.MustParseAddr("::ffff:127.0.0.1")))}, rule: "martian", about: "::ffff:127.0.0.1"},
		{name: "the loopback past the kernel", frames: [][]byte{w.frame(w.datagram(w.Guest4, netip.MustParseAddr("127.0.0.1")))}, rule: "martian", about: "127.0.0.1"},
		{name: "another VM past the kernel", frames: [][]byte{w.frame(w.datagram(w.Guest4, far.Guest4))}, rule: "other-vm", about: other.IP},
		{name: "another's source", frames: [][]byte{w.frame(w.datagram(far.Guest4, public4))}, rule: "spoofed", about: other.IP},
		{name: "the gateway's source", frames: [][]byte{w.frame(w.datagram(w.Gateway4, public4))}, rule: "spoofed", about: w.Gateway4.String()},
		{name: "another's source over IPv6", frames: [][]byte{w.frame(w.datagram(far.Guest6, public6))}, rule: "spoofed", about: far.Guest6.String()},
		{name: "another's MAC", frames: [][]byte{withSource(w.frame(w.datagram(w.Guest4, public4)), far.GuestMAC)}, rule: "spoofed", about: far.GuestMAC.String()},
		{name: "the gateway's MAC", frames: [][]byte{withSource(w.frame(w.datagram(w.Guest4, public4)), w.GatewayMAC)}, rule: "spoofed", about: w.GatewayMAC.String()},
	}
}

// wire makes packets, and frames of them from the guest to its gateway.
type wire struct{ address.Ends }

func (w wire) frame(packet []byte) []byte {
	kind := header.IPv4ProtocolNumber
	if packet[0]>>4 == 6 {
		kind = header.IPv6ProtocolNumber
	}
	frame := make([]byte, header.EthernetMinimumSize)
	header.Ethernet(frame).Encode(&header.EthernetFields{
		SrcAddr: tcpip.LinkAddress(w.GuestMAC), DstAddr: tcpip.LinkAddress(w.GatewayMAC), Type: kind,
	})
	return append(frame, packet...)
}

func withSource(frame []byte, mac net.HardwareAddr) []byte {
	return slices.Concat(frame[:6], []byte(mac), frame[12:])
}

// datagram makes a packet of UDP to port 7 with a few words in it.
func (w wire) datagram(from, to netip.Addr) []byte {
	source, target := tcpip.AddrFromSlice(from.AsSlice()), tcpip.AddrFromSlice(to.AsSlice())
	udp := append(make(header.UDP, header.UDPMinimumSize), "a few words, a few words\n"...)
	udp.Encode(&header.UDPFields{SrcPort: 4000, DstPort: 7, Length: uint16(len(udp))})
	udp.SetChecksum(^checksum.Checksum(udp, header.PseudoHeaderChecksum(header.UDPProtocolNumber, source, target, uint16(len(udp)))))
	if to.Is6() {
		h := make(header.IPv6, header.IPv6MinimumSize)
		h.Encode(&header.IPv6Fields{PayloadLength: uint16(len(udp)), TransportProtocol: header.UDPProtocolNumber, HopLimit: 64, SrcAddr: source, DstAddr: target})
		return append(h, udp...)
	}
	h := make(header.IPv4, header.IPv4MinimumSize)
	h.Encode(&header.IPv4Fields{TotalLength: uint16(len(h) + len(udp)), TTL: 64, Protocol: uint8(header.UDPProtocolNumber), SrcAddr: source, DstAddr: target})
	h.SetChecksum(^h.CalculateChecksum())
	return append(h, udp...)
}

// fragments cuts a packet of IPv4 behind the UDP header's ports.
func fragments(packet []byte) (first, second []byte) {
	const cut = 8
	piece := func(flags uint8, offset uint16, payload []byte) []byte {
		p := slices.Concat(packet[:header.IPv4MinimumSize], payload)
		h := header.IPv4(p)
		h.SetTotalLength(uint16(len(p)))
		h.SetID(77)
		h.SetFlagsFragmentOffset(flags, offset)
		h.SetChecksum(0)
		h.SetChecksum(^h.CalculateChecksum())
		return p
	}
	payload := packet[header.IPv4MinimumSize:]
	return piece(header.IPv4FlagMoreFragments, 0, payload[:cut]), piece(0, cut, payload[cut:])
}

// fragment6 puts the header of a fragment into a packet of IPv6, of which it is all.
func (w wire) fragment6(packet []byte) []byte {
	const size = header.IPv6MinimumSize
	p := slices.Concat(packet[:size], []byte{packet[6], 0, 0, 0, 0, 0, 0, 77}, packet[size:])
	p[6] = header.IPv6FragmentHeader
	header.IPv6(p).SetPayloadLength(uint16(len(p) - size))
	return p
}
