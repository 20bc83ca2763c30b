package stack

import (
	"context"
	"fmt"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"

	"banger/internal/network/relay"
)

// accepting bounds how long the guest may take to accept a connection that is served.
const accepting = 10 * time.Second

// Serve connects a client of the host's to a port of the guest's and returns when both have ended; it owns the client. When the
// guest does not accept, or ctx ends, the client is reset. It is not told to Observe: that is about what the guest begins.
func (n *Network) Serve(ctx context.Context, client relay.Conn, port uint16) error {
	patient, cancel := context.WithTimeout(ctx, accepting)
	guest, err := n.dialGuest(patient, port)
	cancel()
	if err != nil {
		client.Reset()
		return err
	}
	f := &flow{network: n, cut: func() { guest.Reset(); client.Reset() }}
	n.flows.add(f)
	defer n.flows.remove(f)
	defer context.AfterFunc(ctx, f.cut)()
	defer context.AfterFunc(n.ctx, f.cut)()
	return relay.Pipe(guest, client, guest.piece(), f.moved)
}

// DialGuest connects to a port of the guest's IPv4 address, from the gateway's. The connection counts among
// Limits.Connections until it is closed.
func (n *Network) DialGuest(ctx context.Context, port uint16) (relay.Conn, error) {
	c, err := n.dialGuest(ctx, port)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (n *Network) dialGuest(ctx context.Context, port uint16) (guestConn, error) {
	if !n.connections.take() {
		return guestConn{}, fmt.Errorf("the guest has %d connections, the most that it may have", n.limits.Connections)
	}
	var queue waiter.Queue
	endpoint, failed := n.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &queue)
	if failed != nil {
		n.connections.give()
		return guestConn{}, said("make a connection to the guest", failed)
	}
	if err := n.connect(ctx, endpoint, &queue, port); err != nil {
		endpoint.Close()
		n.connections.give()
		return guestConn{}, fmt.Errorf("connect to port %d of the guest: %w", port, err)
	}
	return n.connected(endpoint, &queue, n.connections.give), nil
}

func (n *Network) connect(ctx context.Context, endpoint tcpip.Endpoint, queue *waiter.Queue, port uint16) error {
	entry, ready := waiter.NewChannelEntry(waiter.WritableEvents | waiter.EventHUp | waiter.EventErr)
	queue.EventRegister(&entry)
	defer queue.EventUnregister(&entry)
	guest := tcpip.FullAddress{NIC: nic, Addr: tcpip.AddrFromSlice(n.config.Addresses.Guest4.AsSlice()), Port: port}
	err := endpoint.Connect(guest)
	if _, started := err.(*tcpip.ErrConnectStarted); !started {
		return said("begin", err)
	}
	select {
	case <-ready:
		return said("no connection", endpoint.LastError())
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-n.ctx.Done():
		return context.Cause(n.ctx)
	}
}
