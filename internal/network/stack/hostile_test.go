package stack

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// fragments cuts a frame's IP payload in two, as IPv4 does.
func fragments(frame []byte, at int) (first, second []byte) {
	cut := func(flags byte, offset int, payload []byte) []byte {
		f := append(bytes.Clone(frame[:eth+header.IPv4MinimumSize]), payload...)
		h := header.IPv4(f[eth:])
		h.SetTotalLength(uint16(len(h)))
		h.SetID(77)
		h.SetFlagsFragmentOffset(flags, uint16(offset))
		h.SetChecksum(0)
		h.SetChecksum(^h.CalculateChecksum())
		return f
	}
	payload := frame[eth+header.IPv4MinimumSize:]
	return cut(header.IPv4FlagMoreFragments, 0, payload[:at]), cut(0, at, payload[at:])
}

func TestFragmentsAreOneDatagram(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	w.serveUDP("198.51.100.1:123")
	first, second := fragments(datagram("198.51.100.1:123", strings.Repeat("word", 100)), 96)
	send(t, wire, second)
	send(t, wire, first)
	if got := receive(t, wire); !bytes.HasSuffix(got, []byte(strings.Repeat("word", 100))) {
		t.Errorf("came back: % x", got)
	}
	// A port in fragments is decided about when the datagram is whole.
	w.setPolicy(func(a Attempt) Verdict { return Verdict{Rule: a.Destination.String()} })
	first, second = fragments(datagram("198.51.100.1:53", "query"), 8)
	send(t, wire, first)
	send(t, wire, second)
	w.event(func(e Event) bool { return e.Kind == Refused && e.Rule == "198.51.100.1:53" })
}

// TestAFloodOfConnections begins far more connections than may be half-open, to a server that never answers, and finds everything else at work.
func TestAFloodOfConnections(t *testing.T) {
	w, wire := newWorld(t, Limits{HalfOpen: 8})
	started := make(chan struct{}, 1000)
	w.config.Dialer = dialerFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		started <- struct{}{}
		<-ctx.Done()
		return nil, context.Cause(ctx)
	})
	for port := range uint16(1000) {
		send(t, wire, syn(some, 1000+port))
	}
	send(t, wire, echoRequest(guestAddresses.Gateway4))
	echoed(t, receive(t, wire))
	if n := w.stack.Stats().TCP.ForwardMaxInFlightDrop.Value(); n != 992 {
		t.Errorf("%d of 1000 were dropped, want all but 8", n)
	}
	w.Close()
	if len(started) > 8 {
		t.Errorf("%d were dialed", len(started))
	}
	if e := w.event(func(e Event) bool { return e.Kind == Failed }); e.Err == nil {
		t.Error(e)
	}
}

type dialerFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (f dialerFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}

func TestConnectionsAreLimited(t *testing.T) {
	w, wire := newWorld(t, Limits{Connections: 2})
	g := newGuest(t, wire)
	w.serve(server4, echoes)
	first := g.mustDial(server4)
	second := g.mustDial(server4)
	talk(t, first)
	talk(t, second)
	if _, err := g.dial(server4); err == nil {
		t.Fatal("a third was made")
	}
	w.event(func(e Event) bool { return e.Kind == Refused && e.Rule == ruleLimit })
	if _, err := w.DialGuest(t.Context(), 80); err == nil {
		t.Error("the host made one in spite of the limit")
	}
	g.reset(first)
	w.event(func(e Event) bool { return e.Kind == Closed })
	talk(t, g.mustDial(server4))
}

// TestAGuestThatStopsReading has the stack's queue run full, and then finds the network as before.
func TestAGuestThatStopsReading(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	ping := bigPing()
	for range 200000 { // their answers, of which nobody reads any, are more than socket and queue hold
		if _, dropped := w.Dropped(); dropped > 0 {
			break
		}
		send(t, wire, ping)
	}
	if _, dropped := w.Dropped(); dropped == 0 {
		t.Fatal("nothing was dropped")
	}
	g := newGuest(t, wire)
	w.serve(server4, echoes)
	talk(t, g.mustDial(server4))
}

// bigPing makes an echo request to the gateway of nearly the wire's MTU.
func bigPing() []byte {
	message := make(header.ICMPv4, 60000)
	message.SetType(header.ICMPv4Echo)
	message.SetChecksum(header.ICMPv4Checksum(message, 0))
	return ipFrame(guestAddresses.Guest4, guestAddresses.Gateway4, header.ICMPv4ProtocolNumber, message)
}

func TestCloseEndsAll(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	w.serve(server4, echoes)
	w.serveUDP("198.51.100.1:123")
	talk(t, g.mustDial(server4))
	c := g.dialUDP("198.51.100.1:123")
	c.Write([]byte("word"))
	c.Read(make([]byte, 4))
	w.Close()
	<-w.Done()
	if err := w.Err(); err != errClosed {
		t.Error(err)
	}
	for _, p := range []Protocol{TCP, UDP} {
		w.event(func(e Event) bool { return e.Kind == Closed && e.Attempt.Protocol == p })
	}
}

func TestTheWiresEndIsTheNetworks(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	wire.Close()
	<-w.Done()
	if err := w.Err(); err == nil || !strings.Contains(err.Error(), "the guest's wire: EOF") {
		t.Error(err)
	}
}

// FuzzFrames gives a running network one frame after the other: whatever comes, it still answers afterwards, and
// nothing but what the gate passes is told to the policy.
func FuzzFrames(f *testing.F) {
	a := guestAddresses
	first, second := fragments(datagram("198.51.100.1:123", "word word"), 8)
	for _, frame := range [][]byte{
		syn(some, 1), syn(server6, 1), datagram("198.51.100.1:123", "x"), datagram("[2001:db8::1]:123", "x"), first, second,
		echoRequest(a.Gateway4), echoRequest(a.Gateway6), echoRequest(netip.MustParseAddr("192.0.2.1")), question(a.Guest4, a.Gateway4),
		solicitation(a.Guest6, a.Gateway6), changed(syn(server6, 1), eth+6, 44), changed(syn(some, 1), eth, 0x46), {}, make([]byte, 70000),
	} {
		f.Add(frame)
	}
	w, wire := newWorld(f, Limits{Dial: 1})
	w.setPolicy(func(a Attempt) Verdict { return Verdict{Allow: a.Destination.Port()%2 == 0} })
	g := gate{a}
	f.Fuzz(func(t *testing.T, frame []byte) {
		if len(frame) > 60000 {
			return
		}
		send(t, wire, frame)
		mended := bytes.Clone(frame) // what gets past the gate more often
		if len(mended) > eth+header.IPv4MinimumSize {
			copy(mended, a.GatewayMAC)
			copy(mended[6:], a.GuestMAC)
			if binary.BigEndian.Uint16(mended[12:])%2 == 0 {
				copy(mended[12:], "\x08\x00\x45")
				copy(mended[eth+12:], a.Guest4.AsSlice())
				h := header.IPv4(mended[eth:])
				h.SetTotalLength(uint16(len(h)))
				h.SetChecksum(0)
				h.SetChecksum(^h.CalculateChecksum())
			}
			g.judge(mended)
			send(t, wire, mended)
		}
		send(t, wire, echoRequest(a.Gateway4))
		for answer := receive(t, wire); !bytes.Contains(answer, []byte("\x12\x34\x00\x01payload")); answer = receive(t, wire) {
		}
	})
}
