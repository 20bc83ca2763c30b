package expose

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"

	"banger/internal/network/forward"
)

// Reason is why a port is not exposed, to be read by a user: one of the following, or what failed.
type Reason string

// The reasons.
const (
	Privileged Reason = "below 1024"
	HostUses   Reason = "the host uses it"
	OverLimit  Reason = "over the limit"
)

// Port is one on which the guest listens.
type Port struct {
	Guest uint16
	Host  netip.AddrPort // where it is exposed; zero when it is not
	Why   Reason         // why it is not; empty when it is
}

// port is what is known of one.
type port struct {
	forward *forward.Forward // nil when it is not exposed
	why     Reason
	held    bool // the host was seen to use it
	quiet   int  // looks in a row at which it did not any more
}

// Exposed tells of all ports on which the guest listened when it was last asked, lowest first.
func (m *Mirror) Exposed() []Port {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]Port, 0, len(m.ports))
	for guest, p := range m.ports {
		shown := Port{Guest: guest, Why: p.why}
		if p.forward != nil {
			shown.Host = p.forward.Addr()
		}
		list = append(list, shown)
	}
	slices.SortFunc(list, func(a, b Port) int { return cmp.Compare(a.Guest, b.Guest) })
	return list
}

// look asks the guest once, and follows it.
func (m *Mirror) look(ctx context.Context) {
	patient, cancel := context.WithTimeout(ctx, patience)
	answer, err := m.config.Ports(patient)
	cancel()
	if err != nil {
		return // nothing is known, so nothing changes
	}
	listening := map[uint16]bool{}
	for _, guest := range answer {
		listening[guest] = true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(listening)
	for _, guest := range slices.Sorted(maps.Keys(listening)) {
		m.follow(guest)
	}
}

// drop forgets the ports on which the guest no longer listens.
func (m *Mirror) drop(listening map[uint16]bool) {
	for guest, p := range m.ports {
		if listening[guest] {
			continue
		}
		delete(m.ports, guest)
		if p.forward != nil {
			m.exposed--
			m.drain(p.forward)
		}
	}
}

// follow exposes a port on which the guest listens, if it is not yet and may be.
func (m *Mirror) follow(guest uint16) {
	p := m.ports[guest]
	if p == nil {
		p = &port{}
		m.ports[guest] = p
	}
	switch {
	case p.forward != nil:
	case guest < 1024:
		p.why = Privileged
	case m.exposed == m.config.Limit:
		p.why = OverLimit
	default:
		m.expose(guest, p)
	}
}
