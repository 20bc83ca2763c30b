package vm

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"

	"banger/internal/guestlink"
	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/shim"
)

// Port is a listener in a guest, or a port that leads to it though nothing listens there (PID and Address are empty then).
type Port struct {
	guestlink.Port
	Host []netip.AddrPort // where this host leads to it
	Why  string           // why it is not mirrored, though the VM's ports are
	URL  string           // where a browser finds it, when it speaks HTTP and can be reached
	Web  bool             // it speaks HTTP, and is the one that WebPort chooses
}

// Ports asks a running VM's agent for the listeners in its guest, and its shim for what leads to them. What the guest answers is fit for a
// terminal, and nothing of it can be relied on. The VM's name comes along.
func (f *Fleet) Ports(ctx context.Context, ref string) (name string, ports []Port, err error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return "", nil, err
	}
	listeners, err := f.listeners(ctx, record)
	if err != nil {
		return "", nil, err
	}
	forwards, err := f.rooms.Machine(record.ID).Forwards(ctx)
	if err != nil && problem.CodeOf(err) != problem.Invalid { // which an older supervisor says: it leads nowhere
		return "", nil, fmt.Errorf("ask what leads to VM %q: %w", record.Name, err)
	}
	ends, err := endsOf(record)
	if err != nil {
		return "", nil, err
	}
	web, _ := webPort(listeners, ends.Guest4)
	for _, p := range listeners {
		port := Port{Port: p}
		if p.Reachable(ends.Guest4) {
			port.lead(forwards)
			port.Web = p.Port == web
		}
		ports = append(ports, port)
	}
	ports = append(ports, deaf(ports, forwards)...)
	slices.SortStableFunc(ports, func(a, b Port) int { return cmp.Compare(a.Port.Port, b.Port.Port) })
	findURLs(ctx, f.rooms.Machine(record.ID), ports)
	return record.Name, ports, nil
}

// listeners asks a running VM's agent for them.
func (f *Fleet) listeners(ctx context.Context, record model.VMRecord) ([]guestlink.Port, error) {
	resp, err := f.askGuest(ctx, record, guestlink.OpPorts)
	if err != nil {
		return nil, err
	}
	ports := resp.Ports[:min(len(resp.Ports), guestlink.MaxPorts)]
	for i, p := range ports {
		ports[i].Protocol, ports[i].Address, ports[i].Process = printable(p.Protocol), printable(p.Address), printable(p.Process)
	}
	return ports, nil
}

// lead notes where the host leads to p.
func (p *Port) lead(forwards shim.Forwards) {
	for _, f := range forwards.Published {
		if f.Port == p.Port.Port {
			p.Host = append(p.Host, f.Host)
		}
	}
	for _, e := range forwards.Exposed {
		switch {
		case e.Port != p.Port.Port:
		case e.Host.IsValid():
			p.Host = append(p.Host, e.Host)
		default:
			p.Why = e.Why
		}
	}
}

// deaf are published ports at which nothing listens in the guest.
func deaf(ports []Port, forwards shim.Forwards) (more []Port) {
	for _, f := range forwards.Published {
		heard := func(p Port) bool { return slices.Contains(p.Host, f.Host) }
		if !slices.ContainsFunc(ports, heard) && !slices.ContainsFunc(more, heard) {
			p := Port{Port: guestlink.Port{Protocol: "tcp", Port: f.Port}}
			p.lead(shim.Forwards{Published: forwards.Published})
			more = append(more, p)
		}
	}
	return more
}

// askGuest makes a request of a running VM's agent that it answers at once.
func (f *Fleet) askGuest(ctx context.Context, record model.VMRecord, op guestlink.Op) (guestlink.Response, error) {
	if err := asleep(record); err != nil {
		return guestlink.Response{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	resp, err := f.rooms.Machine(record.ID).Call(ctx, guestlink.Request{Op: op})
	if err == nil || problem.CodeOf(err) == problem.Unavailable { // the agent is too old
		return resp, err
	}
	return resp, problem.New(problem.GuestFailed, "VM %q is %s, and its agent does not answer: %w", record.Name, record.State, err).
		WithRemedy("banger vm logs %s shows its console", record.Name)
}

// asleep says why a VM's guest cannot answer. It is nil when it can.
func asleep(record model.VMRecord) error {
	switch {
	case record.State == model.StatePaused:
		return problem.New(problem.Conflict, "VM %q is paused, so its guest answers nothing", record.Name).
			WithRemedy("banger vm resume %s", record.Name)
	case !record.State.Live():
		return problem.New(problem.Conflict, "VM %q is %s", record.Name, record.State).
			WithRemedy("banger vm start %s", record.Name)
	}
	return nil
}
