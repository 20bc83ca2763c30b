package stack

import (
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/waiter"

	"banger/internal/network/relay"
)

// guestConn is a TCP connection whose other end is in the guest. It implements relay.Conn.
type guestConn struct {
	*gonet.TCPConn
	ends
	size int // of a buffer, in bytes
}

// piece is how much is moved at once: little where there are so many connections that their buffers are small.
func (c guestConn) piece() relay.Piece {
	if c.size < 128<<10 {
		return relay.Small
	}
	return relay.Large
}

// guestSession is the same for UDP.
type guestSession struct {
	*gonet.UDPConn
	ends
}

// ends is what both know of their endpoint.
type ends struct {
	endpoint tcpip.Endpoint
	queue    *waiter.Queue
}

// WaitRead implements relay.Conn.
func (e ends) WaitRead() {
	const events = waiter.ReadableEvents | waiter.EventErr | waiter.EventHUp
	entry, ready := waiter.NewChannelEntry(events)
	e.queue.EventRegister(&entry)
	defer e.queue.EventUnregister(&entry)
	for e.endpoint.Readiness(events) == 0 {
		<-ready
	}
}

// Reset implements relay.Conn: the guest gets a reset.
func (e ends) Reset() {
	e.endpoint.SocketOptions().SetLinger(tcpip.LingerOption{Enabled: true})
	e.endpoint.Close()
}

// CloseWrite implements relay.Conn; datagrams have no end.
func (guestSession) CloseWrite() error { return nil }

// connected makes a guestConn of an endpoint, with its share of buffers. gone runs once, when nothing is left of the connection: after the
// guest has acknowledged its end, or was given up.
func (n *Network) connected(endpoint tcpip.Endpoint, queue *waiter.Queue, gone func()) guestConn {
	size := n.budget.take()
	endpoint.SocketOptions().SetSendBufferSize(int64(size), true)
	endpoint.SocketOptions().SetReceiveBufferSize(int64(size), true)
	var once sync.Once
	entry := waiter.NewFunctionEntry(waiter.EventHUp, func(waiter.EventMask) {
		once.Do(func() {
			n.budget.give(size)
			gone()
		})
	})
	queue.EventRegister(&entry)
	if endpoint.Readiness(waiter.EventHUp) != 0 {
		queue.Notify(waiter.EventHUp)
	}
	return guestConn{gonet.NewTCPConn(queue, endpoint), ends{endpoint, queue}, size}
}

// Close ends the connection in order, but does not wait long for a guest that does not acknowledge it.
func (c guestConn) Close() error {
	timeout := tcpip.TCPUserTimeoutOption(closing)
	c.endpoint.SetSockOpt(&timeout)
	return c.TCPConn.Close()
}
