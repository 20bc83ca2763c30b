package guestlink

import "net/netip"

// MaxPorts bounds how many listeners a guest tells of.
const MaxPorts = 4096

// ListPorts says how much OpPorts is to find out; the zero value is everything.
type ListPorts struct {
	// NoProcesses leaves out whose each is, for which the open files of all processes must be read.
	NoProcesses bool `json:"no_processes,omitempty"`
}

// Port is a socket of the guest's that waits for others to call. The guest is free to lie.
type Port struct {
	Protocol string `json:"protocol"` // tcp, tcp6, udp or udp6
	Address  string `json:"address"`
	Port     uint16 `json:"port"`
	// PID is the process that has it; the lowest when there are several, 0 when none was found.
	PID     int    `json:"pid,omitempty"`
	Process string `json:"process,omitempty"` // its name
}

// Reachable reports whether a TCP connection to guest, the guest's IPv4 address, finds the listener: it listens there or on all addresses.
// One at a loopback address, or at that of a bridge inside of the guest, is for the guest alone. A listener on :: may have refused IPv4
// (IPV6_V6ONLY), which the guest does not tell: it counts as reachable.
func (p Port) Reachable(guest netip.Addr) bool {
	at, err := netip.ParseAddr(p.Address)
	return err == nil && (p.Protocol == "tcp" || p.Protocol == "tcp6") && (at.Unmap() == guest || at.Unmap().IsUnspecified())
}
