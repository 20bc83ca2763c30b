package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"

	"banger/test/harness"
)

// eyes note what comes from the host over its cable, and what it sends to itself.
type eyes struct {
	sockets []int

	mu    sync.Mutex
	noted harness.Seen
}

func watch(h *host) (*eyes, error) {
	e := &eyes{}
	if err := e.open("cable"); err != nil {
		return nil, err
	}
	if err := h.inside(func() error { return e.open("lo") }); err != nil {
		return nil, err
	}
	for _, socket := range e.sockets {
		go func() { // so that little waits in the socket, however much passes
			for ready := []unix.PollFd{{Fd: int32(socket), Events: unix.POLLIN}}; ; {
				if _, err := unix.Poll(ready, -1); err == nil || err == unix.EINTR {
					e.drain(socket)
				}
			}
		}()
	}
	return e, nil
}

// open opens a socket that gets a copy of every packet of an interface of the namespace that this thread is in.
func (e *eyes) open(name string) error {
	nic, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	all := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL))
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, int(all))
	if err != nil {
		return err
	}
	e.sockets = append(e.sockets, socket)
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20); err != nil {
		return err
	}
	return unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: all, Ifindex: nic.Index})
}

// drain notes all that waits in a socket. Who has asked for it after something happened finds it noted.
func (e *eyes) drain(socket int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	packet := make([]byte, 128)
	for {
		n, from, err := unix.Recvfrom(socket, packet, unix.MSG_DONTWAIT)
		if err != nil {
			return
		}
		if at, ok := from.(*unix.SockaddrLinklayer); !ok || at.Pkttype == unix.PACKET_OUTGOING {
			continue // an answer, or what comes in again on the loopback
		}
		if line := beginning(packet[:n]); line != "" {
			e.noted.Packets = append(e.noted.Packets, line)
		}
	}
}

func (e *eyes) query(line string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.noted.Queries = append(e.noted.Queries, line)
}

// seen gives what was noted since it was called last.
func (e *eyes) seen() harness.Seen {
	for _, socket := range e.sockets {
		e.drain(socket)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	seen := e.noted
	e.noted = harness.Seen{}
	return seen
}

// beginning describes a packet that begins something: a connection, an exchange of pings, any datagram. Of others it is empty.
func beginning(packet []byte) string {
	var to netip.Addr
	var protocol byte
	var payload []byte
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4:
		to, _ = netip.AddrFromSlice(packet[16:20])
		protocol, payload = packet[9], packet[min(len(packet), 4*int(packet[0]&15)):]
	case len(packet) >= 40 && packet[0]>>4 == 6:
		to, _ = netip.AddrFromSlice(packet[24:40])
		protocol, payload = packet[6], packet[40:]
	}
	if !to.IsValid() || to.IsMulticast() || len(payload) < 4 {
		return ""
	}
	port := netip.AddrPortFrom(to, binary.BigEndian.Uint16(payload[2:]))
	const syn, ack = 2, 16
	switch protocol {
	case unix.IPPROTO_TCP:
		if len(payload) < 14 || payload[13]&(syn|ack) != syn {
			return ""
		}
		return "tcp " + port.String()
	case unix.IPPROTO_UDP:
		return "udp " + port.String()
	case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		if payload[0] == 8 || payload[0] == 128 {
			return "ping " + to.String()
		}
		return "" // neighbours, and errors
	}
	return fmt.Sprintf("protocol %d %s", protocol, to)
}
