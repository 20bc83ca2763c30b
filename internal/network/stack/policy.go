package stack

import (
	"context"
	"net"
	"net/netip"
	"time"

	"banger/internal/network/greeting"
)

// Protocol is what a connection speaks.
type Protocol string

// The protocols.
const (
	TCP  Protocol = "tcp"
	UDP  Protocol = "udp"
	Ping Protocol = "ping" // ICMP echo; its port is 0
	// Frame is what no Policy is asked about: a frame whose addresses cannot be. It is refused, and has no destination.
	Frame Protocol = "frame"
)

// Attempt is what the guest wants to reach.
type Attempt struct {
	Protocol    Protocol
	Destination netip.AddrPort
	// Names are what the policy knew the destination by when the connection began; it may have forgotten them since.
	Names []string
	// Greeting is what the guest said first, or, in HTTP, last. It is nil when Decide is asked before that.
	Greeting *greeting.Greeting
}

// Verdict is what a Policy says about an Attempt.
type Verdict struct {
	Allow bool
	Rule  string   // the rule that decided, for the log
	Names []string // by which the destination is known
	// Dial is where to connect to instead of the attempt's destination, if it is valid: a port of the host's own, say.
	Dial netip.AddrPort
	// Inspect asks for a second decision when the guest has sent its first bytes, which wait for it, and in HTTP for one about each
	// request. For TCP only.
	Inspect bool

	round uint64 // of Recheck, in which it was given
}

// Policy decides about everything but DNS at the gateway, which is the Resolver's; whether another server may be asked is the policy's to say. It is called from many goroutines, among them the one that reads the guest's frames, so it must not
// wait for anything.
type Policy interface {
	Decide(Attempt) Verdict
}

// Resolver answers DNS queries in wire format, which came by "udp" or "tcp", where it sees to it that the answer fits. It gives
// nothing to leave a query without an answer. The context ends when the network does, or after some seconds.
type Resolver interface {
	Answer(ctx context.Context, network string, query []byte) []byte
}

// Dialer makes the host's side of a connection. The networks are "tcp", "udp" and "ping", and the address is a
// literal with a port. A connection of "ping" takes and gives whole ICMP messages; see Host.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Kind is what an Event tells.
type Kind string

// The kinds. A connection that was opened is closed later, with the same number, and may be refused in between.
const (
	Opened  Kind = "opened"
	Closed  Kind = "closed"
	Refused Kind = "refused" // by a rule or a limit
	Failed  Kind = "failed"  // allowed, and the host could not connect
)

// Event is a word of a connection, or of what did not become one.
type Event struct {
	Kind    Kind
	Number  uint64 // of the connection; from 1 on
	Time    time.Time
	Attempt Attempt
	Rule    string
	// Sent and Received are the guest's bytes so far, and Duration how long the connection lasted; they are set on Closed.
	Sent, Received int64
	Duration       time.Duration
	// Err is why it failed or broke off, and nil when both sides had ended.
	Err error
}
