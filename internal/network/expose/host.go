package expose

import (
	"errors"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"banger/internal/network/forward"
)

// expose listens for a port unless the host uses it, or did so lately.
func (m *Mirror) expose(guest uint16, p *port) {
	at := netip.AddrPortFrom(m.config.Address, guest)
	if p.held && !p.left(at, m.config.Quiet) {
		p.why = HostUses
		return
	}
	f, err := forward.Listen(forward.Config{Host: at, Port: guest, Guest: m.config.Guest, Admit: m.config.Admit})
	switch {
	case err == nil:
		*p = port{forward: f}
		m.exposed++
	case errors.Is(err, syscall.EADDRINUSE):
		*p = port{why: HostUses, held: true}
	default:
		p.why = Reason(err.Error())
	}
}

// left reports whether the host has let go of the port for good.
func (p *port) left(at netip.AddrPort, quiet int) bool {
	if !free(at) {
		p.quiet = 0
		return false
	}
	p.quiet++
	return p.quiet >= quiet
}

// free reports whether an address and port could be listened on. It does not listen, so it is in the way of nobody who binds as
// servers do, with SO_REUSEADDR.
func free(at netip.AddrPort) bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) != nil {
		return false
	}
	return unix.Bind(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}) == nil
}
