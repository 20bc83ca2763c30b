package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"golang.org/x/time/rate"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/ethernet"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"

	"banger/internal/network/address"
	"banger/internal/network/link"
)

// Config is what a Network is made of. All but Limits must be set.
type Config struct {
	Addresses address.Ends
	Policy    Policy
	Resolver  Resolver
	Dialer    Dialer
	// Observe is told of connections and refusals, from many goroutines. It must not wait for anything.
	Observe func(Event)
	Limits  Limits
}

// Network is a running network of one guest.
type Network struct {
	config  Config
	limits  Limits
	wire    *link.Endpoint
	stack   *stack.Stack
	flows   flows
	round   atomic.Uint64 // how often Recheck was called
	budget  budget
	spoke   atomic.Bool   // the guest has, in its own name
	notices *rate.Limiter // of frames that are refused

	halfOpen, connections, sessions, queries slots
	pings                                    pings

	ctx    context.Context
	cancel context.CancelCauseFunc
	mu     sync.Mutex // of the Add of work
	work   sync.WaitGroup
}

// nic is the number of the only interface.
const nic tcpip.NICID = 1

// New starts a network on conn, one end of a stream socketpair whose other end QEMU has. It owns conn, also when it fails.
func New(conn net.Conn, config Config) (*Network, error) {
	n := &Network{config: config, limits: config.Limits.withDefaults()}
	n.ctx, n.cancel = context.WithCancelCause(context.Background())
	n.halfOpen, n.connections = newSlots(n.limits.HalfOpen), newSlots(n.limits.Connections)
	n.sessions, n.queries = newSlots(n.limits.Sessions), newSlots(n.limits.Queries)
	n.budget.free, n.notices = n.limits.Buffers, frameNotices()
	n.wire = link.New(conn, linkAddress(config.Addresses.GatewayMAC), n.admit)
	if err := n.build(); err != nil {
		n.wire.Close()
		n.cancel(err)
		n.destroy()
		return nil, err
	}
	n.spawn(func() { n.cancel(fmt.Errorf("the guest's wire: %w", n.wire.Run())) })
	return n, nil
}

// admit is called with each frame of the guest's.
func (n *Network) admit(frame []byte) bool {
	switch (gate{n.config.Addresses}).judge(frame) {
	case pass:
		n.heard()
		return true
	case outer:
		n.heard()
		n.ping(frame)
	default:
		n.dropped(frame)
	}
	return false
}

func (n *Network) build() error {
	n.stack = stack.New(stack.Options{
		NetworkProtocols: []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{
			tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6,
		},
	})
	if err := n.interfaces(); err != nil {
		return err
	}
	if err := n.tune(); err != nil {
		return err
	}
	n.stack.SetTransportProtocolHandler(tcp.ProtocolNumber, n.forwardTCP().HandlePacket)
	n.stack.SetTransportProtocolHandler(udp.ProtocolNumber, udp.NewForwarder(n.stack, n.forwardUDP).HandlePacket)
	return n.serveDNS()
}

// interfaces gives the stack its only interface, which answers for every address, and the guest as the neighbour that it does not ask for.
func (n *Network) interfaces() error {
	a := n.config.Addresses
	err := said("make the interface", n.stack.CreateNIC(nic, ethernet.New(n.wire)))
	for _, pair := range []struct {
		protocol       tcpip.NetworkProtocolNumber
		gateway, guest tcpip.Address
	}{
		{header.IPv4ProtocolNumber, tcpip.AddrFromSlice(a.Gateway4.AsSlice()), tcpip.AddrFromSlice(a.Guest4.AsSlice())},
		{header.IPv6ProtocolNumber, tcpip.AddrFromSlice(a.Gateway6.AsSlice()), tcpip.AddrFromSlice(a.Guest6.AsSlice())},
	} {
		address := tcpip.ProtocolAddress{Protocol: pair.protocol, AddressWithPrefix: pair.gateway.WithPrefix()}
		err = errors.Join(err,
			said("give it the gateway's address", n.stack.AddProtocolAddress(nic, address, stack.AddressProperties{})),
			said("name the guest", n.stack.AddStaticNeighbor(nic, pair.protocol, pair.guest, linkAddress(a.GuestMAC))))
	}
	n.stack.SetRouteTable([]tcpip.Route{
		{Destination: header.IPv4EmptySubnet, NIC: nic}, {Destination: header.IPv6EmptySubnet, NIC: nic},
	})
	return errors.Join(err,
		said("answer for all addresses", n.stack.SetPromiscuousMode(nic, true)),
		said("answer as all addresses", n.stack.SetSpoofing(nic, true)))
}

// Done is closed when the network has ended: by Close, or because the wire did.
func (n *Network) Done() <-chan struct{} { return n.ctx.Done() }

// Err is why the network has ended, and nil while it runs.
func (n *Network) Err() error { return context.Cause(n.ctx) }

// Dropped counts the guest's frames that were not admitted, and those to it that found the queue full.
func (n *Network) Dropped() (inbound, outbound uint64) { return n.wire.Dropped() }

// errClosed is why a network ends that was closed.
var errClosed = errors.New("the guest's network was closed")

// Close cuts all connections, ends the network and waits until nothing of it runs.
func (n *Network) Close() {
	n.mu.Lock()
	n.cancel(errClosed)
	n.mu.Unlock()
	n.cutAll(errClosed)
	n.wire.Close()
	n.destroy()
	n.work.Wait()
}

// spawn has work done by a goroutine that Close waits for; false says that the network has ended and nothing will be done.
func (n *Network) spawn(work func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx.Err() != nil {
		return false
	}
	n.work.Go(work)
	return true
}

func (n *Network) destroy() {
	if n.stack != nil {
		n.stack.Destroy()
	}
}

// said makes an error of gVisor's one of Go's.
func said(what string, err tcpip.Error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s", what, err)
}

func linkAddress(mac net.HardwareAddr) tcpip.LinkAddress { return tcpip.LinkAddress(mac) }
