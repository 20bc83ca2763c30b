package stack

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// maxPing is the longest ICMP message, in bytes. Longer requests are dropped.
const maxPing = 9000

// echoKey tells exchanges of pings apart: one ping program has one id.
type echoKey struct {
	to netip.Addr
	id uint16
}

// pings are the exchanges that are open, each with its requests that wait to be sent.
type pings struct {
	mu   sync.Mutex
	open map[echoKey]chan []byte
}

// ping is called with a frame that the gate has found to hold an echo request. It does not wait.
func (n *Network) ping(frame []byte) {
	to, message := echoOf(frame)
	if len(message) > maxPing {
		return
	}
	key := echoKey{to, binary.BigEndian.Uint16(message[4:])}
	n.pings.mu.Lock()
	defer n.pings.mu.Unlock()
	requests, known := n.pings.open[key]
	if !known {
		if requests = n.beginPing(key); requests == nil {
			return
		}
	}
	select {
	case requests <- append([]byte(nil), message...):
	default: // as on any busy wire
	}
}

// beginPing decides about a new exchange, and starts it. It is called with the lock held.
func (n *Network) beginPing(key echoKey) chan []byte {
	a, v := n.attempt(Ping, netip.AddrPortFrom(key.to, 0))
	if v.Allow && len(n.pings.open) >= n.limits.Pings {
		v = Verdict{Rule: ruleLimit}
	}
	if !v.Allow {
		n.tell(Refused, a, v.Rule, nil)
		return nil
	}
	requests := make(chan []byte, 8)
	if !n.spawn(func() { n.servePing(key, a, v, requests) }) {
		return nil
	}
	if n.pings.open == nil {
		n.pings.open = map[echoKey]chan []byte{}
	}
	n.pings.open[key] = requests
	return requests
}

func (n *Network) servePing(key echoKey, a Attempt, v Verdict, requests <-chan []byte) {
	defer func() {
		n.pings.mu.Lock()
		defer n.pings.mu.Unlock()
		delete(n.pings.open, key)
	}()
	host, err := n.dial(a, v)
	if err != nil {
		n.tell(Failed, a, v.Rule, err)
		return
	}
	over := make(chan struct{})
	f := n.begin(a, v, sync.OnceFunc(func() { close(over); host.Close() }))
	f.endWhenIdle(n.limits.PingIdle)
	var replies sync.WaitGroup
	replies.Go(func() { n.reply(f, key, host) })
	for {
		select {
		case request := <-requests:
			if sent, err := host.Write(request); err == nil {
				f.moved(sent, 0)
			}
		case <-over:
			replies.Wait()
			f.end(nil)
			return
		}
	}
}

// reply passes replies on to the guest until the socket is closed or fails, which cuts the flow.
func (n *Network) reply(f *flow, key echoKey, host net.Conn) {
	buf := make([]byte, maxPing)
	for {
		size, err := host.Read(buf)
		if err != nil {
			f.cut()
			return
		}
		if message := buf[:size]; size >= header.ICMPv4MinimumSize {
			binary.BigEndian.PutUint16(message[4:], key.id)
			if frame := n.echoReply(key.to, message); frame != nil {
				n.wire.WriteFrame(frame)
				f.moved(0, size)
			}
		}
	}
}

// echoOf finds destination and ICMP message in a frame that the gate has looked at.
func echoOf(frame []byte) (netip.Addr, []byte) {
	packet := frame[header.EthernetMinimumSize:]
	if header.Ethernet(frame).Type() == header.IPv4ProtocolNumber {
		h := header.IPv4(packet)
		to, _ := netip.AddrFromSlice(h.DestinationAddressSlice())
		return to, packet[h.HeaderLength():h.TotalLength()]
	}
	h := header.IPv6(packet)
	to, _ := netip.AddrFromSlice(h.DestinationAddressSlice())
	return to, packet[header.IPv6MinimumSize:][:h.PayloadLength()]
}

// echoReply makes a frame for the guest of an echo reply, and nil of any other message. It changes message's checksum.
func (n *Network) echoReply(from netip.Addr, message []byte) []byte {
	a := n.config.Addresses
	eth := header.EthernetFields{SrcAddr: linkAddress(a.GatewayMAC), DstAddr: linkAddress(a.GuestMAC)}
	source := tcpip.AddrFromSlice(from.AsSlice())
	var head []byte
	if from.Is4() {
		m, guest := header.ICMPv4(message), tcpip.AddrFromSlice(a.Guest4.AsSlice())
		if m.Type() != header.ICMPv4EchoReply {
			return nil
		}
		m.SetChecksum(0)
		m.SetChecksum(^checksum.Checksum(m, 0))
		eth.Type, head = header.IPv4ProtocolNumber, make([]byte, header.EthernetMinimumSize+header.IPv4MinimumSize)
		h := header.IPv4(head[header.EthernetMinimumSize:])
		h.Encode(&header.IPv4Fields{
			TotalLength: uint16(header.IPv4MinimumSize + len(m)), TTL: 64, Protocol: uint8(header.ICMPv4ProtocolNumber), SrcAddr: source, DstAddr: guest,
		})
		h.SetChecksum(^h.CalculateChecksum())
	} else {
		m, guest := header.ICMPv6(message), tcpip.AddrFromSlice(a.Guest6.AsSlice())
		if m.Type() != header.ICMPv6EchoReply {
			return nil
		}
		m.SetChecksum(0)
		m.SetChecksum(header.ICMPv6Checksum(header.ICMPv6ChecksumParams{Header: m, Src: source, Dst: guest}))
		eth.Type, head = header.IPv6ProtocolNumber, make([]byte, header.EthernetMinimumSize+header.IPv6MinimumSize)
		header.IPv6(head[header.EthernetMinimumSize:]).Encode(&header.IPv6Fields{
			PayloadLength: uint16(len(m)), TransportProtocol: header.ICMPv6ProtocolNumber, HopLimit: 64, SrcAddr: source, DstAddr: guest,
		})
	}
	header.Ethernet(head).Encode(&eth)
	return append(head, message...)
}
