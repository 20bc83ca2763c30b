package server

import (
	"context"
	"net"

	"banger/internal/guestlink"
	"banger/internal/logfile"
	"banger/internal/network"
	"banger/internal/network/address"
	"banger/internal/network/policy"
	"banger/internal/network/relay"
	"banger/internal/problem"
	"banger/internal/shim"
	"banger/internal/vmm"
	"banger/internal/vmm/child"
)

// networkLimit is what the log of the network may take on the disk, in bytes.
const networkLimit = 4 << 20

// layWire puts a wire between the engine and this program. The caller closes the engine's end, which is in spec, when it has started.
func (s *server) layWire(spec *vmm.Spec) error {
	if s.launch.Unwired {
		return nil
	}
	if n := s.launch.Network; n != nil {
		ends, err := address.Of(n.Guest)
		if err != nil {
			return err
		}
		spec.NIC.MAC = ends.GuestMAC
	}
	var err error
	s.wire, spec.NIC.Wire, err = child.Pair("network")
	return err
}

// startNetwork serves the guest's network from now on. A machine that is nobody's has none yet.
func (s *server) startNetwork(n *shim.Network) error {
	if n == nil {
		return nil
	}
	rules, err := policy.Parse(n.Policy)
	if err != nil {
		return err
	}
	if s.wire == nil {
		return problem.New(problem.Conflict, "the machine has a network already, or can have none")
	}
	log, err := logfile.Open(s.path(shim.NetworkFile), networkLimit)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.logs = append(s.logs, log)
	s.mu.Unlock()
	started, err := network.Start(network.Config{
		Rules: network.Rules{Policy: rules, Guest: n.Guest, VMs: n.VMs},
		Wire:  s.wire, Log: log, Problems: s.log,
	})
	s.wire = nil
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.network = started
	return s.ports.start(*n, started, s.listeners(n.Guest))
}

// endNetwork ends what there is of it.
func (s *server) endNetwork() {
	if s.wire != nil {
		s.wire.Close()
	}
	s.ports.close()
	if n, err := s.running(); err == nil {
		n.Close()
	}
}

// running is the network of a machine that is somebody's.
func (s *server) running() (*network.Network, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.network == nil {
		return nil, problem.New(problem.Conflict, "the machine has no network yet")
	}
	return s.network, nil
}

func (s *server) setPolicy(text string) error {
	rules, err := policy.Parse(text)
	if err != nil {
		return err
	}
	n, err := s.running()
	if err != nil {
		return err
	}
	n.SetPolicy(rules)
	return nil
}

// dial joins a client with a new connection to a port of the guest's.
func (s *server) dial(conn *net.UnixConn, port uint16) {
	n, err := s.running()
	if err != nil {
		guestlink.WriteMessage(conn, shim.Reply{Problem: shim.NewProblem(err)})
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	guest, err := n.DialGuest(ctx, port)
	cancel()
	if err != nil {
		err = problem.New(problem.GuestFailed, "%w", err)
		guestlink.WriteMessage(conn, shim.Reply{Problem: shim.NewProblem(err)})
		return
	}
	if guestlink.WriteMessage(conn, shim.Reply{}) != nil {
		guest.Close()
		return
	}
	relay.Pipe(guest, relay.Host(conn), relay.Small, func(int, int) {}) // what broke off has told both sides
}
