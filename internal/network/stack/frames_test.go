package stack

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// send writes a frame as QEMU does.
func send(t testing.TB, wire io.Writer, frame []byte) {
	t.Helper()
	n := len(frame)
	if _, err := wire.Write(append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, frame...)); err != nil {
		t.Fatal(err)
	}
}

// receive reads a frame.
func receive(t testing.TB, wire net.Conn) []byte {
	t.Helper()
	wire.SetReadDeadline(time.Now().Add(10 * time.Second))
	var n [4]byte
	if _, err := io.ReadFull(wire, n[:]); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, int(n[0])<<24|int(n[1])<<16|int(n[2])<<8|int(n[3]))
	if _, err := io.ReadFull(wire, frame); err != nil {
		t.Fatal(err)
	}
	return frame
}

// ethernetFrame makes a frame of the guest's.
func ethernetFrame(kind tcpip.NetworkProtocolNumber, to net.HardwareAddr, packet []byte) []byte {
	frame := make([]byte, header.EthernetMinimumSize, header.EthernetMinimumSize+len(packet))
	header.Ethernet(frame).Encode(&header.EthernetFields{SrcAddr: linkAddress(guestAddresses.GuestMAC), DstAddr: linkAddress(to), Type: kind})
	return append(frame, packet...)
}

// ipFrame makes a frame from the guest to the gateway around a payload.
func ipFrame(from, to netip.Addr, protocol tcpip.TransportProtocolNumber, payload []byte) []byte {
	source, target := tcpip.AddrFromSlice(from.AsSlice()), tcpip.AddrFromSlice(to.AsSlice())
	if to.Is6() {
		h := make(header.IPv6, header.IPv6MinimumSize)
		h.Encode(&header.IPv6Fields{
			PayloadLength: uint16(len(payload)), TransportProtocol: protocol, HopLimit: 255, SrcAddr: source, DstAddr: target,
		})
		return ethernetFrame(header.IPv6ProtocolNumber, guestAddresses.GatewayMAC, append(h, payload...))
	}
	h := make(header.IPv4, header.IPv4MinimumSize)
	h.Encode(&header.IPv4Fields{
		TotalLength: uint16(len(h) + len(payload)), TTL: 64, Protocol: uint8(protocol), SrcAddr: source, DstAddr: target,
	})
	h.SetChecksum(^h.CalculateChecksum())
	return ethernetFrame(header.IPv4ProtocolNumber, guestAddresses.GatewayMAC, append(h, payload...))
}

// from is the guest's address of the same family as to.
func from(to netip.Addr) netip.Addr {
	if to.Is6() {
		return guestAddresses.Guest6
	}
	return guestAddresses.Guest4
}

// datagram makes a frame of a UDP datagram of the guest's.
func datagram(address, payload string) []byte {
	to := netip.MustParseAddrPort(address)
	h := make(header.UDP, header.UDPMinimumSize)
	h.Encode(&header.UDPFields{SrcPort: 4000, DstPort: to.Port(), Length: uint16(len(h) + len(payload))})
	sum := header.PseudoHeaderChecksum(header.UDPProtocolNumber, tcpip.AddrFromSlice(from(to.Addr()).AsSlice()),
		tcpip.AddrFromSlice(to.Addr().AsSlice()), uint16(len(h)+len(payload)))
	h.SetChecksum(^checksum.Checksum(append(h, payload...), sum))
	return ipFrame(from(to.Addr()), to.Addr(), header.UDPProtocolNumber, append(h, payload...))
}

// syn makes a frame of the first segment of a TCP connection.
func syn(address string, port uint16) []byte {
	to := netip.MustParseAddrPort(address)
	h := make(header.TCP, header.TCPMinimumSize)
	h.Encode(&header.TCPFields{SrcPort: port, DstPort: to.Port(), SeqNum: 1, DataOffset: header.TCPMinimumSize, Flags: header.TCPFlagSyn, WindowSize: 65535})
	sum := header.PseudoHeaderChecksum(header.TCPProtocolNumber, tcpip.AddrFromSlice(from(to.Addr()).AsSlice()),
		tcpip.AddrFromSlice(to.Addr().AsSlice()), uint16(len(h)))
	h.SetChecksum(^h.CalculateChecksum(sum))
	return ipFrame(from(to.Addr()), to.Addr(), header.TCPProtocolNumber, h)
}

// echoRequest makes a frame of a ping with the id 0x1234.
func echoRequest(to netip.Addr) []byte {
	message := append([]byte{8, 0, 0, 0, 0x12, 0x34, 0, 1}, "payload"...)
	if to.Is4() {
		header.ICMPv4(message).SetChecksum(^checksum.Checksum(message, 0))
		return ipFrame(from(to), to, header.ICMPv4ProtocolNumber, message)
	}
	message[0] = byte(header.ICMPv6EchoRequest)
	return ipFrame(from(to), to, header.ICMPv6ProtocolNumber, icmp6(from(to), to, message))
}

// icmp6 completes a message with its checksum.
func icmp6(from, to netip.Addr, message []byte) []byte {
	header.ICMPv6(message).SetChecksum(header.ICMPv6Checksum(header.ICMPv6ChecksumParams{
		Header: message, Src: tcpip.AddrFromSlice(from.AsSlice()), Dst: tcpip.AddrFromSlice(to.AsSlice()),
	}))
	return message
}

// question asks by ARP who has an address.
func question(sender, target netip.Addr) []byte {
	h := make(header.ARP, header.ARPSize)
	h.SetIPv4OverEthernet()
	h.SetOp(header.ARPRequest)
	copy(h.HardwareAddressSender(), guestAddresses.GuestMAC)
	copy(h.ProtocolAddressSender(), sender.AsSlice())
	copy(h.ProtocolAddressTarget(), target.AsSlice())
	return ethernetFrame(header.ARPProtocolNumber, net.HardwareAddr(header.EthernetBroadcastAddress), h)
}

// solicitation asks by NDP who has an address.
func solicitation(sender, target netip.Addr) []byte {
	message := append(make([]byte, 8), target.AsSlice()...)
	message[0] = byte(header.ICMPv6NeighborSolicit)
	message = append(message, 1, 1) // the sender's MAC
	message = append(message, guestAddresses.GuestMAC...)
	t := tcpip.AddrFromSlice(target.AsSlice())
	group := header.SolicitedNodeAddr(t)
	to, _ := netip.AddrFromSlice(group.AsSlice())
	frame := ipFrame(sender, to, header.ICMPv6ProtocolNumber, icmp6(sender, to, message))
	copy(frame, header.EthernetAddressFromMulticastIPv6Address(group))
	return frame
}
