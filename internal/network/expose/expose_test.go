package expose

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"banger/internal/network/relay"
)

// guest gives clients back what they send, until they end.
type guest struct{ served chan uint16 }

func (g guest) Serve(ctx context.Context, client relay.Conn, port uint16) error {
	g.served <- port
	defer client.Close()
	defer context.AfterFunc(ctx, client.Reset)()
	_, err := io.Copy(client, client)
	return err
}

// world is a guest, its mirror, and a hand on what the guest says of its ports.
type world struct {
	*testing.T
	*Mirror
	at     netip.Addr
	guest  guest
	answer chan []uint16 // nil: the guest does not answer
}

var errPaused = errors.New("the guest is paused")

func newWorld(t *testing.T, at string, config Config) *world {
	w := &world{T: t, at: netip.MustParseAddr(at), guest: guest{make(chan uint16, 100)}, answer: make(chan []uint16)}
	config.Address, config.Guest, config.Every = w.at, w.guest, time.Nanosecond
	config.Ports = func(ctx context.Context) ([]uint16, error) {
		select {
		case ports := <-w.answer:
			if ports == nil {
				return nil, errPaused
			}
			return ports, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	w.Mirror = New(config)
	t.Cleanup(w.Close)
	return w
}

// listens has the guest answer one look, and returns when that is over: the next has begun, and got no answer.
func (w *world) listens(ports ...uint16) {
	w.answer <- append([]uint16{}, ports...)
	w.answer <- nil
}

func (w *world) want(ports ...Port) {
	w.Helper()
	for i, p := range ports {
		if p.Why == "" {
			ports[i].Host = netip.AddrPortFrom(w.at, p.Guest)
		}
	}
	if got := w.Exposed(); fmt.Sprint(got) != fmt.Sprint(ports) {
		w.Errorf("got  %v\nwant %v", got, ports)
	}
}

func (w *world) dial(port uint16) (net.Conn, error) {
	c, err := net.Dial("tcp", netip.AddrPortFrom(w.at, port).String())
	if err == nil {
		w.Cleanup(func() { c.Close() })
	}
	return c, err
}

func (w *world) echoes(c net.Conn) {
	w.Helper()
	got := make([]byte, 4)
	io.WriteString(c, "word")
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "word" {
		w.Errorf("%q, %v", got, err)
	}
}

// unused is a port of the host's that nobody uses.
func unused(t *testing.T) uint16 {
	l := hold(t, "0.0.0.0:0")
	defer l.Close()
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

// hold listens as a server of the host's: on [::] it has IPv4's addresses too.
func hold(t *testing.T, at string) net.Listener {
	t.Helper()
	network := "tcp4"
	if strings.HasPrefix(at, "[") {
		network = "tcp"
	}
	l, err := net.Listen(network, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestAPortComesAndGoes(t *testing.T) {
	w, p := newWorld(t, "127.77.9.1", Config{}), unused(t)
	w.want()
	w.listens(p, p)
	w.want(Port{Guest: p})
	c, err := w.dial(p)
	if err != nil || <-w.guest.served != p {
		t.Fatalf("not that port, or %v", err)
	}
	w.echoes(c)
	w.listens()
	w.want()
	if _, err := w.dial(p); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a port that went still listens: %v", err)
	}
	w.echoes(c) // who is connected goes on
	if !free(netip.AddrPortFrom(w.at, p)) {
		t.Error("whoever is connected makes the port look used")
	}
	w.listens(p)
	w.want(Port{Guest: p})
	if again, err := w.dial(p); err != nil {
		t.Error(err)
	} else {
		w.echoes(again)
	}
	w.echoes(c)
	w.Close()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("closing left a client, which saw %v", err)
	}
	if _, err := w.dial(p); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("it still listens when closed: %v", err)
	}
	w.want()
}

func TestASilentGuestChangesNothing(t *testing.T) {
	w, p := newWorld(t, "127.77.9.2", Config{}), unused(t)
	w.listens(p)
	w.answer <- nil
	w.want(Port{Guest: p})
	if _, err := w.dial(p); err != nil {
		t.Error(err)
	}
}

func TestWhoIsNotAdmittedIsReset(t *testing.T) {
	w, p := newWorld(t, "127.77.9.3", Config{Admit: func(net.Conn) bool { return false }}), unused(t)
	w.listens(p)
	c, err := w.dial(p) // which may see the reset already
	if err == nil {
		c.(*net.TCPConn).CloseWrite()
		_, err = c.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
}

func TestTheLowestAreExposedWithinTheLimit(t *testing.T) {
	w := newWorld(t, "127.77.9.4", Config{Limit: 2})
	over := func(p uint16) Port { return Port{Guest: p, Why: OverLimit} }
	w.listens(1023, 1026, 1025, 1027)
	w.want(Port{Guest: 1023, Why: Privileged}, Port{Guest: 1025}, Port{Guest: 1026}, over(1027))
	w.listens(1024, 1026, 1025)
	w.want(over(1024), Port{Guest: 1025}, Port{Guest: 1026}) // who has a place keeps it
	w.listens(1024, 1026, 1027)
	w.want(Port{Guest: 1024}, Port{Guest: 1026}, over(1027))
}

func TestPortsOfTheHost(t *testing.T) {
	w := newWorld(t, "127.77.9.5", Config{})
	for _, tc := range []struct {
		holds string
		why   Reason
	}{{"0.0.0.0", HostUses}, {"[::]", HostUses}, {"127.0.0.1", ""}, {"127.77.9.6", ""}} { // the last may be another VM's
		l := hold(t, tc.holds+":0")
		p := uint16(l.Addr().(*net.TCPAddr).Port)
		w.listens(p)
		w.want(Port{Guest: p, Why: tc.why})
		l.Close()
	}
}

// TestAServerThatIsStartedAnewKeepsItsPort proves that a port which the host used is not taken in the moment between.
func TestAServerThatIsStartedAnewKeepsItsPort(t *testing.T) {
	w := newWorld(t, "127.77.9.7", Config{Quiet: 3})
	l := hold(t, "0.0.0.0:0")
	p := uint16(l.Addr().(*net.TCPAddr).Port)
	w.listens(p)
	for range 2 {
		l.Close()
		for range 2 {
			w.listens(p)
			w.want(Port{Guest: p, Why: HostUses})
		}
		l = hold(t, l.Addr().String())
		w.listens(p)
		w.want(Port{Guest: p, Why: HostUses})
	}
	l.Close()
	for range 3 {
		w.want(Port{Guest: p, Why: HostUses})
		w.listens(p)
	}
	w.want(Port{Guest: p})
	if _, err := net.Listen("tcp4", l.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("documented otherwise: %v", err)
	}
}

func TestWhatElseFailsIsSaid(t *testing.T) {
	w, p := newWorld(t, "192.0.2.1", Config{}), unused(t)
	w.listens(p)
	w.want(Port{Guest: p, Why: Reason(fmt.Sprintf("forward port %d of the guest: listen tcp4 192.0.2.1:%[1]d: bind: cannot assign requested address", p))})
}

// TestLookingLeavesNothingOpen: ports are looked at for as long as a VM lives.
func TestLookingLeavesNothingOpen(t *testing.T) {
	w := newWorld(t, "127.77.9.8", Config{})
	p := uint16(hold(t, "0.0.0.0:0").Addr().(*net.TCPAddr).Port)
	w.listens(p)
	before := openFiles(t)
	for range 10 {
		w.listens(p)
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d files are open, %d were", after, before)
	}
}

func openFiles(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
