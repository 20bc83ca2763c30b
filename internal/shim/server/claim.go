package server

import (
	"context"

	"banger/internal/problem"
	"banger/internal/shim"
)

// claim makes a machine that waited somebody's.
func (s *server) claim(c *shim.Claim) error {
	if c == nil {
		return problem.New(problem.Invalid, "a claim says nothing")
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	for i, d := range s.launch.Disks {
		if size := c.Sizes[d.Serial]; size > 0 {
			if err := s.machine.GrowDisk(ctx, i, size); err != nil {
				return err
			}
		}
	}
	if err := s.startNetwork(c.Network); err != nil {
		return err
	}
	s.mu.Lock()
	s.launch.Name = c.Name
	s.mu.Unlock()
	s.leases.claim(c.Ephemeral)
	s.uses.setLimit(c.IdleStop)
	return nil
}

// name is what people call the machine.
func (s *server) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.launch.Name
}
