package network

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync/atomic"

	"banger/internal/network/address"
	"banger/internal/network/policy"
	"banger/internal/network/relay"
	"banger/internal/network/resolver"
	"banger/internal/network/stack"
)

// Config is what a Network is made of.
type Config struct {
	Wire      net.Conn   // this program's end; Start owns it, also when it fails
	Guest     netip.Addr // the guest's IPv4 address
	Policy    policy.Policy
	VMs       []netip.Prefix // what guests' IPv4 addresses are taken from
	Listeners []uint16       // ports of 127.0.0.1 on which banger itself listens
	Log       io.Writer      // gets an Entry a line, from many goroutines
	Problems  *slog.Logger   // is told when Log fails
}

// Network is a running network. Its methods may be called by many goroutines at once.
type Network struct {
	guard
	resolver *resolver.Resolver
	stack    *stack.Network
}

// Start begins to serve the guest.
func Start(c Config) (*Network, error) {
	ends, err := address.Of(c.Guest)
	if err != nil {
		c.Wire.Close()
		return nil, err
	}
	addresses, err := hostAddresses()
	if err != nil {
		c.Wire.Close()
		return nil, fmt.Errorf("read the host's addresses: %w", err)
	}
	journal := &journal{w: c.Log, problems: c.Problems, lines: newLimit()}
	n := &Network{guard: guard{facts: facts{ends: ends, vms: c.VMs, listeners: c.Listeners}}}
	n.facts.addresses.Store(&addresses)
	n.policy.Store(&c.Policy)
	dialer := stack.Host{}
	n.resolver = resolver.New(resolver.Config{
		Policy: c.Policy, Host: n.host, Report: journal.query,
		Upstreams: func() []netip.AddrPort { return resolver.Upstreams(os.DirFS("/")) },
		Dial: func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
			return dialer.DialContext(ctx, network, to.String())
		},
	})
	n.names = n.resolver.Names
	n.stack, err = stack.New(c.Wire, stack.Config{Addresses: ends, Policy: &n.guard, Resolver: n.resolver, Dialer: dialer, Observe: journal.event})
	if err != nil {
		return nil, fmt.Errorf("start the guest's network: %w", err)
	}
	return n, nil
}

// SetPolicy has another policy hold from now on. Connections that it does not allow are cut.
func (n *Network) SetPolicy(p policy.Policy) {
	n.policy.Store(&p)
	n.resolver.SetPolicy(p)
	n.stack.Recheck()
}

// Serve connects a client of the host's to a port of the guest's; it is that of stack.Network.
func (n *Network) Serve(ctx context.Context, client relay.Conn, port uint16) error {
	return n.stack.Serve(ctx, client, port)
}

// DialGuest connects to a port of the guest's; it is that of stack.Network.
func (n *Network) DialGuest(ctx context.Context, port uint16) (relay.Conn, error) {
	return n.stack.DialGuest(ctx, port)
}

// Close cuts everything and returns when nothing of it runs.
func (n *Network) Close() { n.stack.Close() }

// guard decides for the stack.
type guard struct {
	facts  facts
	policy atomic.Pointer[policy.Policy]
	names  func(netip.Addr) []string
}

var _ stack.Policy = (*guard)(nil)
