package stack

import (
	"context"
	"encoding/binary"
	"io"
	"net/netip"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	// dns is the port of the gateway that the resolver has.
	dns = 53
	// answering bounds a query, and a TCP connection on which none comes.
	answering = 10 * time.Second
	// maxQuery is the longest query over UDP, in bytes: EDNS's usual size and more than any question needs.
	maxQuery = 4096
)

// serveDNS answers queries by UDP at both of the gateway's addresses.
func (n *Network) serveDNS() error {
	for _, gateway := range []netip.Addr{n.config.Addresses.Gateway4, n.config.Addresses.Gateway6} {
		protocol := ipv4.ProtocolNumber
		if gateway.Is6() {
			protocol = ipv6.ProtocolNumber
		}
		at := tcpip.FullAddress{NIC: nic, Addr: tcpip.AddrFromSlice(gateway.AsSlice()), Port: dns}
		datagrams, err := gonet.DialUDP(n.stack, &at, nil, protocol)
		if err != nil {
			return err
		}
		n.spawn(func() { n.answerDatagrams(datagrams) })
	}
	return nil
}

// answerDatagrams answers queries until the connection is closed; those above the limit are dropped, as datagrams are.
func (n *Network) answerDatagrams(c *gonet.UDPConn) {
	buf := make([]byte, maxQuery)
	for {
		size, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		if !n.queries.take() {
			continue
		}
		query := append([]byte(nil), buf[:size]...)
		n.spawn(func() {
			defer n.queries.give()
			if answer := n.resolve("udp", query); len(answer) > 0 {
				c.WriteTo(answer, from)
			}
		})
	}
}

func (n *Network) resolve(network string, query []byte) []byte {
	ctx, cancel := context.WithTimeout(n.ctx, answering)
	defer cancel()
	return n.config.Resolver.Answer(ctx, network, query)
}

// gatewayDNS reports whether it is the gateway's DNS that a connection is for.
func (n *Network) gatewayDNS(to netip.AddrPort) bool {
	own := n.config.Addresses
	return to.Port() == dns && (to.Addr() == own.Gateway4 || to.Addr() == own.Gateway6)
}

// serveQueries answers queries on one connection, one after the other. It counts among queries as long as it is open.
func (n *Network) serveQueries(request *tcp.ForwarderRequest) {
	if !n.queries.take() {
		request.Complete(true)
		return
	}
	defer n.queries.give()
	if !n.connections.take() {
		request.Complete(true)
		return
	}
	guest, err := n.answer(request)
	if err != nil {
		return
	}
	defer guest.Close()
	for n.answerOne(guest) == nil {
	}
}

// answerOne answers one query, which like its answer comes after its length in two bytes.
func (n *Network) answerOne(c guestConn) error {
	c.SetDeadline(time.Now().Add(answering))
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return err
	}
	query := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, query); err != nil {
		return err
	}
	answer := n.resolve("tcp", query)
	if len(answer) == 0 || len(answer) > 0xffff {
		return io.EOF
	}
	_, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	return err
}
