package vm

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"banger/internal/network/web"
	"banger/internal/problem"
)

// findURLs asks the servers that the host or a browser's proxy leads to whether they speak HTTP, all at once.
func findURLs(ctx context.Context, m Machine, ports []Port) {
	var asking sync.WaitGroup
	for i := range ports {
		p := &ports[i]
		if p.Address == "" || len(p.Host) == 0 && !p.Web || !web.MayAsk(p.Port.Port) {
			continue
		}
		asking.Go(func() {
			http, secure := web.Probe(ctx, func(ctx context.Context) (net.Conn, error) { return m.Dial(ctx, p.Port.Port) })
			p.Web = p.Web && http && !secure
			switch {
			case len(p.Host) == 0:
			case secure:
				p.URL = "https://" + location(p.Host[0])
			case http:
				p.URL = "http://" + location(p.Host[0])
			}
		})
	}
	asking.Wait()
}

// location is where a client on this host connects to for what listens at an address.
func location(at netip.AddrPort) string {
	if at.Addr().IsUnspecified() {
		return fmt.Sprintf("localhost:%d", at.Port())
	}
	return at.String()
}

// DialPort connects to a TCP port of a running VM.
func (f *Fleet) DialPort(ctx context.Context, id string, port uint16) (net.Conn, error) {
	conn, err := f.rooms.Machine(id).Dial(ctx, port)
	if err != nil {
		return nil, problem.New(problem.GuestFailed, "connect to port %d of the VM: %w", port, err)
	}
	return conn, nil
}
