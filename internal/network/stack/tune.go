package stack

import (
	"errors"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	// maxBuffer is the largest buffer of one connection in one direction, in bytes.
	maxBuffer = 1 << 20
	// minBuffer is the smallest.
	minBuffer = 16 << 10
	// closing is how long an end that the guest does not acknowledge is waited for, and timeWait how long a closed
	// connection's ports are kept: there is no path on which old segments could linger.
	closing, timeWait = 10 * time.Second, time.Second
)

// tune sets what holds for all connections. Buffers begin small and are given their share when a connection is made; the greatest
// size decides the window scale.
func (n *Network) tune() error {
	sack, moderate := tcpip.TCPSACKEnabled(true), tcpip.TCPModerateReceiveBufferOption(true)
	send := tcpip.TCPSendBufferSizeRangeOption{Min: tcp.MinBufferSize, Default: minBuffer, Max: maxBuffer}
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: tcp.MinBufferSize, Default: minBuffer, Max: maxBuffer}
	linger, wait := tcpip.TCPLingerTimeoutOption(closing), tcpip.TCPTimeWaitTimeoutOption(timeWait)
	var err error
	for _, option := range []tcpip.SettableTransportProtocolOption{&sack, &moderate, &send, &receive, &linger, &wait} {
		err = errors.Join(err, said("set an option of TCP", n.stack.SetTransportProtocolOption(tcp.ProtocolNumber, option)))
	}
	return errors.Join(err,
		said("bound buffers", n.stack.SetOption(tcpip.SendBufferSizeOption{Min: stack.MinBufferSize, Default: datagrams, Max: maxBuffer})),
		said("bound buffers", n.stack.SetOption(tcpip.ReceiveBufferSizeOption{Min: stack.MinBufferSize, Default: datagrams, Max: maxBuffer})))
}

// datagrams is how many bytes of datagrams wait in one direction of a session.
const datagrams = 128 << 10
