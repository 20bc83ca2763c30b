package shim

import "net/netip"

// Network is that of a machine.
type Network struct {
	Guest  netip.Addr `json:"guest"`  // its IPv4 address
	Policy string     `json:"policy"` // in the one line of package policy
	// VMs are what guests' addresses are taken from.
	VMs []netip.Prefix `json:"vms"`
	// Publish are ports of the host's that lead to the guest, as package publish has them.
	Publish []string `json:"publish,omitempty"`
	// Loopback is the host's address at which the guest's ports are mirrored; without it they are not.
	Loopback netip.Addr `json:"loopback,omitzero"`
	// AnyUser lets all users of the host connect to those, not only banger's own and root.
	AnyUser bool `json:"any_user,omitempty"`
}

// Published is a port of the host's that leads to the guest.
type Published struct {
	Spec string         `json:"spec"` // as it was asked for, as package publish has it
	Host netip.AddrPort `json:"host"` // where it listens
	Port uint16         `json:"port"` // the guest's
}

// Exposed is a port on which the guest listens, as it is mirrored at the machine's own address.
type Exposed struct {
	Port uint16         `json:"port"`
	Host netip.AddrPort `json:"host,omitzero"`
	Why  string         `json:"why,omitempty"` // it is not
}

// Forwards are what leads to the guest.
type Forwards struct {
	Published []Published `json:"published,omitempty"`
	Exposed   []Exposed   `json:"exposed,omitempty"`
}
