package network

import (
	"fmt"
	"net/netip"
	"sync/atomic"

	"banger/internal/network/address"
	"banger/internal/network/own"
	"banger/internal/network/policy"
)

// facts are what is known about the host.
type facts struct {
	ends      address.Ends
	vms       []netip.Prefix
	addresses atomic.Pointer[[]netip.Addr] // as they were read last
}

func (f *facts) init(r Rules) (err error) {
	if f.ends, err = address.Of(r.Guest); err != nil {
		return err
	}
	now, err := address.OfHost()
	if err != nil {
		return fmt.Errorf("read the host's addresses: %w", err)
	}
	f.vms = r.VMs
	f.addresses.Store(&now)
	return nil
}

// host is the host as it is at this moment.
func (g *guard) host() policy.Host {
	return policy.Host{
		Gateway:   []netip.Addr{g.facts.ends.Gateway4, g.facts.ends.Gateway6},
		Addresses: g.facts.current(),
		VMs:       append([]netip.Prefix{ownIPv6}, g.facts.vms...),
		Own:       own.Listens,
	}
}

// current reads the host's addresses. When that fails, as with too many open files, they are those of before.
func (f *facts) current() []netip.Addr {
	now, err := address.OfHost()
	if err != nil {
		return *f.addresses.Load()
	}
	f.addresses.Store(&now)
	return now
}
