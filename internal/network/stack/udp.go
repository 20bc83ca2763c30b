package stack

import (
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"

	"banger/internal/network/relay"
)

// forwardUDP is called with the first datagram between two ends. It returns false to have the guest told that nobody is there.
func (n *Network) forwardUDP(request *udp.ForwarderRequest) bool {
	a, v := n.attempt(UDP, destination(request.ID()))
	if v.Allow && !n.sessions.take() {
		v = Verdict{Rule: ruleLimit}
	}
	if !v.Allow {
		n.tell(Refused, a, v.Rule, nil)
		return false
	}
	var queue waiter.Queue
	endpoint, err := request.CreateEndpoint(&queue) // at once: the next datagram must find it
	if err != nil {
		n.sessions.give()
		n.tell(Failed, a, v.Rule, said("answer the guest", err))
		return false
	}
	return n.spawn(func() {
		defer n.sessions.give()
		n.serveUDP(a, v, endpoint, &queue)
	})
}

// serveUDP joins a session with a socket of the host's until nothing has moved for a while.
func (n *Network) serveUDP(a Attempt, v Verdict, endpoint tcpip.Endpoint, queue *waiter.Queue) {
	server, err := n.dial(a, v)
	if err != nil {
		endpoint.Close()
		n.tell(Failed, a, v.Rule, err)
		return
	}
	guest, host := guestSession{gonet.NewUDPConn(queue, endpoint), ends{endpoint, queue}}, relay.Host(server)
	cut := func() { guest.Close(); host.Close() }
	f := n.begin(a, v, cut)
	f.endWhenIdle(n.limits.SessionIdle)
	f.end(relay.Pipe(guest, host, relay.Large, f.moved))
}
