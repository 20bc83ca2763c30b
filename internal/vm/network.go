package vm

import (
	"context"
	"net/netip"

	"banger/internal/model"
	"banger/internal/network"
	"banger/internal/network/address"
	"banger/internal/network/policy"
	"banger/internal/problem"
	"banger/internal/shim"
)

// network is what the shim of a VM is told of its network.
func (f *Fleet) network(record model.VMRecord) (*shim.Network, error) {
	ends, err := endsOf(record)
	if err != nil {
		return nil, err
	}
	n := &shim.Network{
		Guest: ends.Guest4, Policy: record.Spec.Policy(), VMs: []netip.Prefix{f.settings.Subnet},
		Publish: record.Spec.Publish, AnyUser: f.settings.AnyUser,
	}
	if record.Spec.Expose {
		n.Loopback = record.Loopback()
	}
	return n, nil
}

// CheckNetwork says what the rules of a VM would do with a URL; it need not run.
func (f *Fleet) CheckNetwork(ctx context.Context, ref, target string) (network.Finding, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return network.Finding{}, err
	}
	told, err := f.network(record)
	if err != nil {
		return network.Finding{}, err
	}
	rules, err := policy.Parse(told.Policy)
	if err != nil {
		return network.Finding{}, err
	}
	return network.Check(ctx, network.Rules{Policy: rules, Guest: told.Guest, VMs: told.VMs}, target)
}

func endsOf(record model.VMRecord) (address.Ends, error) {
	ip, err := netip.ParseAddr(record.Runtime.GuestIP)
	if err != nil {
		ip = netip.Addr{}
	}
	ends, err := address.Of(ip)
	if err != nil {
		return ends, problem.New(problem.Damaged, "the VM's record has no usable address: %q", record.Runtime.GuestIP).
			WithRemedy("delete the VM and create it anew")
	}
	return ends, nil
}

// setNetwork has what a VM may reach, and whether its ports are mirrored, count at once.
func (f *Fleet) setNetwork(ctx context.Context, is, will model.VMRecord) error {
	if !is.State.Live() {
		return nil
	}
	if is.Spec.Policy() != will.Spec.Policy() {
		if err := f.rooms.Machine(is.ID).SetPolicy(ctx, will.Spec.Policy()); err != nil {
			return err
		}
	}
	if is.Spec.Expose == will.Spec.Expose {
		return nil
	}
	var loopback netip.Addr
	if will.Spec.Expose {
		loopback = will.Loopback()
	}
	return f.rooms.Machine(is.ID).Expose(ctx, loopback)
}
