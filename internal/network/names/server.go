package names

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"
)

// Lookup gives the address of the VM that has a name, the zero Addr when none has. An error, about which the client
// only learns that there is one, is for whoever can mend it: Lookup logs it. It may be called by many goroutines at once.
type Lookup func(ctx context.Context, name string) (netip.Addr, error)

// Server answers until it is closed.
type Server struct {
	addr    netip.AddrPort
	lookup  Lookup
	packets chan struct{} // one for each query by UDP that is under way
	life    context.Context
	end     context.CancelFunc
	servers []*dns.Server // one for UDP, one for TCP
	work    errgroup.Group
}

// Listen begins to serve at an address; port 0 takes one that is free for both protocols.
func Listen(addr netip.AddrPort, lookup Lookup) (*Server, error) {
	stream, packets, err := bind(addr)
	if err != nil {
		return nil, fmt.Errorf("answer for names of VMs at %s: %w", addr, err)
	}
	s := &Server{addr: stream.Addr().(*net.TCPAddr).AddrPort(), lookup: lookup, packets: make(chan struct{}, maxPackets)}
	s.life, s.end = context.WithCancel(context.Background())
	s.serve(&dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(s.packet), UDPSize: maxMessage})
	s.serve(&dns.Server{
		Listener: netutil.LimitListener(stream, maxConnections), Handler: dns.HandlerFunc(s.stream),
		ReadTimeout: idle, WriteTimeout: idle, IdleTimeout: func() time.Duration { return idle },
	})
	return s, nil
}

// bind takes the same port for both protocols. Of free ones, the one that TCP is given can be another's for UDP.
func bind(addr netip.AddrPort) (net.Listener, net.PacketConn, error) {
	const tries = 10
	for try := 1; ; try++ {
		stream, err := net.Listen("tcp", addr.String())
		if err != nil {
			return nil, nil, err
		}
		packets, err := net.ListenPacket("udp", stream.Addr().String())
		if err == nil {
			return stream, packets, nil
		}
		stream.Close()
		if addr.Port() != 0 || try == tries || !errors.Is(err, syscall.EADDRINUSE) {
			return nil, nil, err
		}
	}
}

// serve has one of the servers run, and returns when it can be shut down.
func (s *Server) serve(server *dns.Server) {
	started := make(chan struct{})
	begun := sync.OnceFunc(func() { close(started) })
	server.NotifyStartedFunc = begun
	s.servers = append(s.servers, server)
	s.work.Go(func() error {
		defer begun() // also when it fails before
		return server.ActivateAndServe()
	})
	<-started
}

// Addr is where it listens.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Close ends the server and waits for queries that are under way. Its error is why it had stopped to serve before, if it had.
func (s *Server) Close() error {
	s.end()
	for _, server := range s.servers {
		server.Shutdown() // fails only when it does not run, and work tells why
	}
	return s.work.Wait()
}
