package machine

import (
	"context"
	"net"
	"net/netip"

	"banger/internal/shim"
)

// Dial connects to a TCP port of the guest's. ctx bounds the connecting only.
func (m *Machine) Dial(ctx context.Context, port uint16) (net.Conn, error) {
	conn, err := shim.Dial(ctx, m.Socket(), port)
	if err != nil {
		return nil, orNotRunning(err) // and no connection of another type
	}
	return conn, nil
}

// SetPolicy has another policy hold for the guest's network, in the one line of package policy.
func (m *Machine) SetPolicy(ctx context.Context, policy string) error {
	return orNotRunning(shim.SetPolicy(ctx, m.Socket(), policy))
}

// Expose mirrors the guest's ports at an address of the host's from now on, or, when that is not valid, no more.
func (m *Machine) Expose(ctx context.Context, loopback netip.Addr) error {
	return orNotRunning(shim.Expose(ctx, m.Socket(), loopback))
}

// Publish has a port of the host's lead to the guest; spec is of package publish.
func (m *Machine) Publish(ctx context.Context, spec string) ([]shim.Published, error) {
	at, err := shim.Publish(ctx, m.Socket(), spec)
	return at, orNotRunning(err)
}

// Unpublish ends what a word of package publish means.
func (m *Machine) Unpublish(ctx context.Context, which string) ([]shim.Published, error) {
	ended, err := shim.Unpublish(ctx, m.Socket(), which)
	return ended, orNotRunning(err)
}

// Forwards tells what leads to the guest.
func (m *Machine) Forwards(ctx context.Context) (shim.Forwards, error) {
	reply, err := m.ask(ctx, shim.Request{Op: shim.OpForwards})
	if err != nil {
		return shim.Forwards{}, err
	}
	return *reply.Forwards, nil
}
