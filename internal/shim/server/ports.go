package server

import (
	"context"
	"net"
	"net/netip"
	"sync"

	"banger/internal/guestlink"
	"banger/internal/network/expose"
	"banger/internal/network/forward"
	"banger/internal/network/peer"
	"banger/internal/network/publish"
	"banger/internal/problem"
	"banger/internal/shim"
)

// ports are what leads from the host to the guest.
type ports struct {
	published *publish.Set
	guest     forward.Guest
	listening func(ctx context.Context) ([]uint16, error)
	anyUser   bool

	mu     sync.Mutex
	mirror *expose.Mirror // nil when the guest's ports are not mirrored
}

// start publishes and exposes what a machine has from its beginning.
func (p *ports) start(n shim.Network, guest forward.Guest, listening func(context.Context) ([]uint16, error)) error {
	p.guest, p.listening, p.anyUser = guest, listening, n.AnyUser
	p.published = publish.NewSet(guest, p.admit(peer.NoStranger))
	for _, text := range n.Publish {
		if _, err := p.publish(text); err != nil {
			return err
		}
	}
	p.expose(n.Loopback)
	return nil
}

// admit is the check of clients, nil when all may connect.
func (p *ports) admit(check func(net.Conn) bool) func(net.Conn) bool {
	if p.anyUser {
		return nil
	}
	return check
}

func (p *ports) close() {
	if p.published == nil {
		return
	}
	p.published.Close()
	p.expose(netip.Addr{})
}

func (p *ports) publish(text string) ([]shim.Published, error) {
	spec, err := publish.Parse(text)
	if err != nil {
		return nil, err
	}
	at, err := p.published.Publish(spec)
	return told(publish.Published{Spec: spec, Addr: at}), err
}

// expose mirrors at an address, or nowhere when it is not valid.
func (p *ports) expose(at netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mirror != nil {
		p.mirror.Close()
		p.mirror = nil
	}
	if at.IsValid() {
		p.mirror = expose.New(expose.Config{Address: at, Guest: p.guest, Ports: p.listening, Admit: p.admit(peer.Owner)})
	}
}

func (p *ports) exposed() (all []shim.Exposed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mirror == nil {
		return nil
	}
	for _, e := range p.mirror.Exposed() {
		all = append(all, shim.Exposed{Port: e.Guest, Host: e.Host, Why: string(e.Why)})
	}
	return all
}

func told(all ...publish.Published) (list []shim.Published) {
	for _, p := range all {
		list = append(list, shim.Published{Spec: p.Spec.String(), Host: p.Addr, Port: p.Spec.Guest})
	}
	return list
}

// forwards does what a request about them asks for.
func (s *server) forwards(req shim.Request) (f shim.Forwards, err error) {
	if _, err := s.running(); err != nil {
		return f, err
	}
	switch req.Op {
	case shim.OpPublish:
		f.Published, err = s.ports.publish(req.Publish)
	case shim.OpUnpublish:
		var ended []publish.Published
		ended, err = s.ports.published.Unpublish(req.Publish)
		f.Published = told(ended...)
	case shim.OpExpose:
		s.ports.expose(req.Loopback)
	case shim.OpForwards:
		f.Published, f.Exposed = told(s.ports.published.List()...), s.ports.exposed()
	}
	return f, err
}

// listeners asks the guest for the TCP ports at which its network address is listened on.
func (s *server) listeners(guest netip.Addr) func(context.Context) ([]uint16, error) {
	return func(ctx context.Context) ([]uint16, error) {
		session := s.guestSession()
		if session == nil {
			return nil, problem.New(problem.Conflict, "the guest still boots")
		}
		resp, err := session.Call(ctx, guestlink.Request{Op: guestlink.OpPorts, Ports: &guestlink.ListPorts{NoProcesses: true}})
		var numbers []uint16
		for _, p := range resp.Ports {
			if p.Reachable(guest) {
				numbers = append(numbers, p.Port)
			}
		}
		return numbers, err
	}
}
