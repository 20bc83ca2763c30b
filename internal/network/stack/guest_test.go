package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/ethernet"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"

	"banger/internal/network/address"
	"banger/internal/network/link"
)

// socketpair is what the shim makes: two ends of a stream.
func socketpair(t testing.TB) (host, guest net.Conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]net.Conn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "wire")
		if ends[i], err = net.FileConn(file); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	return ends[0], ends[1]
}

var guestAddresses, _ = address.Of(netip.MustParseAddr("172.16.3.7"))

// world is a network under test, and what stands around it: a policy, a resolver, the internet, and a log.
type world struct {
	*Network
	t     testing.TB
	allow func(Attempt) Verdict

	mu     sync.Mutex
	hosts  map[string]string // where the servers of the internet really are, by network and address
	events []Event
	told   chan struct{} // something was added to events
}

func (w *world) Decide(a Attempt) Verdict {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.allow(a)
}

func (w *world) setPolicy(allow func(Attempt) Verdict) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allow = allow
}

// Answer answers with the query, and how it came.
func (w *world) Answer(_ context.Context, network string, query []byte) []byte {
	return []byte("answer by " + network + " to " + string(query))
}

func (w *world) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	real, ok := w.hosts[network+" "+address]
	w.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("nobody at %s: %w", address, unix.ECONNREFUSED)
	}
	return new(net.Dialer).DialContext(ctx, network, real)
}

func (w *world) observe(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
	select {
	case w.told <- struct{}{}:
	default:
	}
}

// event waits for one that suits.
func (w *world) event(suits func(Event) bool) Event {
	w.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		w.mu.Lock()
		for _, e := range w.events {
			if suits(e) {
				w.mu.Unlock()
				return e
			}
		}
		w.mu.Unlock()
		select {
		case <-w.told:
		case <-deadline:
			w.t.Fatalf("no such event among %+v", w.events)
		}
	}
}

func allowAll(Attempt) Verdict { return Verdict{Allow: true, Rule: "all"} }

// newWorld starts a network and gives the guest's end of its wire.
func newWorld(t testing.TB, limits Limits) (*world, net.Conn) {
	t.Helper()
	host, wire := socketpair(t)
	w := &world{t: t, allow: allowAll, hosts: map[string]string{}, told: make(chan struct{}, 1)}
	var err error
	w.Network, err = New(host, Config{
		Addresses: guestAddresses, Policy: w, Resolver: w, Dialer: w, Observe: w.observe, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wire.Close(); w.Network.Close() })
	return w, wire
}

// serve puts a server of TCP into the internet. What handle is given is closed afterwards.
func (w *world) serve(address string, handle func(*net.TCPConn)) {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { l.Close() })
	w.mu.Lock()
	w.hosts["tcp "+address] = l.Addr().String()
	w.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c.(*net.TCPConn))
			}()
		}
	}()
}

// echoes gives back what comes, until the end.
func echoes(c *net.TCPConn) {
	io.Copy(c, c)
	c.CloseWrite()
}

// guest is a machine at the other end: a stack of its own.
type guest struct {
	t     testing.TB
	stack *stack.Stack
	wire  *link.Endpoint
}

func newGuest(t testing.TB, wire net.Conn) *guest {
	t.Helper()
	a := guestAddresses
	g := &guest{t: t, wire: link.New(wire, linkAddress(a.GuestMAC), func([]byte) bool { return true })}
	g.stack = stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
	})
	sack := tcpip.TCPSACKEnabled(true)
	err := errors.Join(said("NIC", g.stack.CreateNIC(1, ethernet.New(g.wire))),
		said("SACK", g.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)))
	for protocol, address := range map[tcpip.NetworkProtocolNumber]netip.Addr{ipv4.ProtocolNumber: a.Guest4, ipv6.ProtocolNumber: a.Guest6} {
		err = errors.Join(err, said("address", g.stack.AddProtocolAddress(1, tcpip.ProtocolAddress{
			Protocol: protocol, AddressWithPrefix: tcpip.AddrFromSlice(address.AsSlice()).WithPrefix(),
		}, stack.AddressProperties{})))
	}
	g.stack.SetRouteTable([]tcpip.Route{
		{Destination: header.IPv4EmptySubnet, NIC: 1, Gateway: tcpip.AddrFromSlice(a.Gateway4.AsSlice())},
		{Destination: header.IPv6EmptySubnet, NIC: 1, Gateway: tcpip.AddrFromSlice(a.Gateway6.AsSlice())},
	})
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan struct{})
	go func() { defer close(ran); g.wire.Run() }()
	t.Cleanup(func() { g.wire.Close(); <-ran; g.stack.Destroy() })
	return g
}

func full(address string) (tcpip.FullAddress, tcpip.NetworkProtocolNumber) {
	a := netip.MustParseAddrPort(address)
	protocol := ipv4.ProtocolNumber
	if a.Addr().Is6() {
		protocol = ipv6.ProtocolNumber
	}
	return tcpip.FullAddress{NIC: 1, Addr: tcpip.AddrFromSlice(a.Addr().AsSlice()), Port: a.Port()}, protocol
}

func (g *guest) dial(address string) (*gonet.TCPConn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	to, protocol := full(address)
	return gonet.DialContextTCP(ctx, g.stack, to, protocol)
}

func (g *guest) mustDial(address string) *gonet.TCPConn {
	g.t.Helper()
	c, err := g.dial(address)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}

func (g *guest) dialUDP(address string) *gonet.UDPConn {
	g.t.Helper()
	to, protocol := full(address)
	c, err := gonet.DialUDP(g.stack, nil, &to, protocol)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// listen accepts on a port of the guest's.
func (g *guest) listen(port uint16, handle func(net.Conn)) {
	g.t.Helper()
	l, err := gonet.ListenTCP(g.stack, tcpip.FullAddress{NIC: 1, Port: port}, ipv4.ProtocolNumber)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(l.Shutdown)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go handle(c)
		}
	}()
}

// reset closes a connection of the guest's with a reset.
func (g *guest) reset(c *gonet.TCPConn) {
	for _, e := range g.stack.RegisteredEndpoints() {
		if id := e.(*tcp.Endpoint).Info().(*stack.TransportEndpointInfo).ID; int(id.LocalPort) == c.LocalAddr().(*net.TCPAddr).Port {
			e.Abort()
		}
	}
}
