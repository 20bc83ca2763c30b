package network

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"

	"banger/internal/network/policy"
	"banger/internal/network/relay"
	"banger/internal/network/stack"
)

// Config is what a Network is made of.
type Config struct {
	Rules
	Wire     net.Conn     // this program's end; Start owns it, also when it fails
	Log      io.Writer    // gets an Entry a line
	Problems *slog.Logger // is told when Log fails
}

// Rules are a policy, and what it has to know to decide.
type Rules struct {
	Policy policy.Policy
	Guest  netip.Addr     // the guest's IPv4 address
	VMs    []netip.Prefix // what guests' IPv4 addresses are taken from
}

// Network is a running network. Its methods may be called by many goroutines at once.
type Network struct {
	guard
	stack *stack.Network
}

// Start begins to serve the guest.
func Start(c Config) (*Network, error) {
	journal := &journal{w: c.Log, problems: c.Problems, lines: newLimit()}
	n := &Network{}
	if err := n.init(c.Rules, journal.query); err != nil {
		c.Wire.Close()
		return nil, err
	}
	var err error
	n.stack, err = stack.New(c.Wire, stack.Config{
		Addresses: n.facts.ends, Policy: &n.guard, Resolver: n.resolver, Dialer: stack.Host{}, Observe: journal.event,
	})
	if err != nil {
		return nil, fmt.Errorf("start the guest's network: %w", err)
	}
	go n.watch(c.Problems)
	return n, nil
}

// watch tells how the network ended: the guest cannot be reached when it was not by Close.
func (n *Network) watch(log *slog.Logger) {
	<-n.stack.Done()
	from, to := n.stack.Dropped()
	log.Info("the guest's network has ended", slog.Any("reason", n.stack.Err()), slog.Uint64("frames_refused", from), slog.Uint64("frames_lost", to))
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
