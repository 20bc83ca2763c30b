package stack

import (
	"context"
	"net"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"

	"banger/internal/network/relay"
)

// The rules that are this package's own, as the log names them.
const (
	ruleLimit   = "limit"
	ruleRequest = "bad-request" // of HTTP, where a name decides
)

// decide is the policy's verdict, with the round that it is of.
func (n *Network) decide(a Attempt) Verdict {
	round := n.round.Load()
	v := n.config.Policy.Decide(a)
	v.round = round
	return v
}

// attempt is the beginning of a connection, with the policy's verdict.
func (n *Network) attempt(p Protocol, to netip.AddrPort) (Attempt, Verdict) {
	a := Attempt{Protocol: p, Destination: to}
	v := n.decide(a)
	a.Names = v.Names
	return a, v
}

func destination(id stack.TransportEndpointID) netip.AddrPort {
	address, _ := netip.AddrFromSlice(id.LocalAddress.AsSlice())
	return netip.AddrPortFrom(address, id.LocalPort)
}

// forwardTCP has serveTCP called for each connection that the guest begins.
func (n *Network) forwardTCP() *tcp.Forwarder {
	return tcp.NewForwarder(n.stack, minBuffer, n.limits.HalfOpen, func(request *tcp.ForwarderRequest) {
		if !n.spawn(func() { n.serveTCP(request) }) {
			request.Complete(true)
		}
	})
}

// serveTCP connects to where the guest wants to, answers the guest, and joins the two.
func (n *Network) serveTCP(request *tcp.ForwarderRequest) {
	to := destination(request.ID())
	if n.gatewayDNS(to) {
		n.serveQueries(request)
		return
	}
	a, v := n.attempt(TCP, to)
	if v.Allow && !n.connections.take() {
		v = Verdict{Rule: ruleLimit}
	}
	if !v.Allow {
		request.Complete(true)
		n.tell(Refused, a, v.Rule, nil)
		return
	}
	server, err := n.dial(a, v)
	if err != nil {
		request.Complete(true)
		n.connections.give()
		n.tell(Failed, a, v.Rule, err)
		return
	}
	guest, err := n.answer(request)
	if err != nil {
		server.Close()
		n.tell(Failed, a, v.Rule, err)
		return
	}
	// A goroutine of its own, because the stack of this one has grown: half of what an idle connection costs.
	if host := relay.Host(server); !n.spawn(func() { n.join(a, v, guest, host) }) {
		guest.Reset()
		host.Reset()
	}
}

// answer completes the guest's connection. It gives the slot among connections back when that fails, or else when the connection is gone.
func (n *Network) answer(request *tcp.ForwarderRequest) (guestConn, error) {
	var queue waiter.Queue
	endpoint, err := request.CreateEndpoint(&queue)
	request.Complete(err != nil)
	if err != nil {
		n.connections.give()
		return guestConn{}, said("answer the guest", err)
	}
	return n.connected(endpoint, &queue, n.connections.give), nil
}

// dial connects to the server, for as long as the network lives.
func (n *Network) dial(a Attempt, v Verdict) (net.Conn, error) {
	to := a.Destination
	if v.Dial.IsValid() {
		to = v.Dial
	}
	ctx, cancel := context.WithTimeout(n.ctx, n.limits.Dial)
	defer cancel()
	return n.config.Dialer.DialContext(ctx, string(a.Protocol), to.String())
}

// join lets guest and server talk until they have ended.
func (n *Network) join(a Attempt, v Verdict, guest guestConn, server relay.Conn) {
	f := n.begin(a, v, func() { guest.Reset(); server.Reset() })
	from, to := relay.Conn(guest), server
	if v.Inspect {
		from, to = inspect(guest, server, f)
	}
	f.end(relay.Pipe(from, to, guest.piece(), f.moved))
}
