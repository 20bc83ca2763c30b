package daemon

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/netip"

	"banger/api"
	"banger/internal/network/names"
	"banger/internal/network/own"
	"banger/internal/store"
)

// nameServer answers for names of VMs, or says why it does not. The zero value is switched off.
type nameServer struct {
	server *names.Server
	mark   io.Closer // keeps guests from it
	listen netip.AddrPort
	err    error
}

// openNames serves where the settings say. An address that is taken, most likely by another user's daemon, keeps no daemon from its work.
func (s *server) openNames() (n nameServer) {
	n.listen = s.config.DNSListen
	if !n.listen.IsValid() {
		return n
	}
	if n.server, n.err = names.Listen(n.listen, s.loopbackOf); n.err == nil {
		n.listen = n.server.Addr()
		if n.mark, n.err = own.Mark(n.listen); n.err == nil {
			return n
		}
		n.err = errors.Join(n.err, n.server.Close())
	}
	s.log.Warn("names of VMs are not answered for", slog.Any("error", n.err))
	return n
}

func (n nameServer) status() (status api.DNS) {
	if n.listen.IsValid() {
		status.Listen = n.listen.String()
	}
	if n.err != nil {
		status.Problem = n.err.Error()
	}
	return status
}

func (n nameServer) close() error {
	if n.mark == nil {
		return nil
	}
	return errors.Join(n.server.Close(), n.mark.Close())
}

// loopbackOf is where the ports of an exposed VM appear; others have no address.
func (s *server) loopbackOf(ctx context.Context, name string) (netip.Addr, error) {
	vm, err := s.store.VMByName(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return netip.Addr{}, nil
	case err != nil:
		s.log.Error("look up the name of a VM", slog.String("name", name), slog.Any("error", err))
		return netip.Addr{}, err
	case !vm.Spec.Expose:
		return netip.Addr{}, nil
	}
	return vm.Loopback(), nil
}
