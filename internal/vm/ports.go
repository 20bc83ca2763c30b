package vm

import (
	"context"

	"banger/internal/guestlink"
	"banger/internal/model"
	"banger/internal/problem"
)

// Port is a listener in a guest.
type Port = guestlink.Port

// Ports asks a running VM's agent for the listeners in its guest. What it answers is fit for a terminal, and nothing of it can be
// relied on.
func (f *Fleet) Ports(ctx context.Context, ref string) ([]Port, error) {
	record, err := f.resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
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
