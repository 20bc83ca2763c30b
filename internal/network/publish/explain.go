package publish

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"banger/internal/problem"
)

// explain says what a user can do about a failure to listen.
func explain(s Spec, err error) error {
	addr, host := s.Host.Addr(), s.Host.Port()
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return problem.New(problem.Taken, "port %d of this host is in use at %s", host, addr).
			WithRemedy("use %s for a free port; ss -ltnp 'sport = :%d' shows who has this one", s.anyPort(), host)
	case errors.Is(err, syscall.EACCES):
		return problem.New(problem.Unavailable, "port %d of this host is low, and a plain user may not listen on it", host).
			WithRemedy("use a higher one, such as %s; or as root, for all users: sysctl net.ipv4.ip_unprivileged_port_start=%d", s.onPort(host+8000), host)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return problem.New(problem.Invalid, "%s is no address of this host", addr).WithRemedy("ip address shows which are; 127.0.0.1 always is")
	}
	return fmt.Errorf("publish %s: %w", s, err)
}

// onPort is the same with another port of the host's.
func (s Spec) onPort(host uint16) Spec {
	return Spec{netip.AddrPortFrom(s.Host.Addr(), host), s.Guest}
}

// anyPort is the same with a free port of the host's.
func (s Spec) anyPort() Spec { return s.onPort(0) }
