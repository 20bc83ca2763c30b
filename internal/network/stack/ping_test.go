package stack

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// pinger stands for the kernel's ping sockets: it answers with an id of its own.
type pinger struct{ *world }

func (p pinger) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "ping" {
		return p.world.DialContext(ctx, network, address)
	}
	near, far := net.Pipe()
	go func() {
		for buf := make([]byte, 1<<16); ; {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			reply := bytes.Clone(buf[:n])
			reply[0] = byte(header.ICMPv4EchoReply)
			if netip.MustParseAddrPort(address).Addr().Is6() {
				reply[0] = byte(header.ICMPv6EchoReply)
			}
			copy(reply[2:6], "\x00\x00id")
			far.Write(reply)
		}
	}()
	return near, nil
}

func TestPing(t *testing.T) {
	w, wire := newWorld(t, Limits{PingIdle: 50 * time.Millisecond})
	w.config.Dialer = pinger{w}
	w.setPolicy(func(a Attempt) Verdict {
		return Verdict{Allow: a.Destination.Addr() != netip.MustParseAddr("192.0.2.9"), Rule: "pings"}
	})
	for _, to := range []string{"198.51.100.1", "2001:db8::1", "172.16.3.1", "fd62:6e67:7200:1003::1"} {
		frame := echoRequest(netip.MustParseAddr(to))
		send(t, wire, frame)
		got := receive(t, wire)
		if message := echoed(t, got); string(message) != "\x12\x34\x00\x01payload" {
			t.Errorf("%s: answered with %q", to, message)
		}
		if to == "198.51.100.1" || to == "2001:db8::1" {
			e := w.event(func(e Event) bool { return e.Kind == Closed && e.Attempt.Destination.Addr().String() == to })
			if e.Attempt.Protocol != Ping || e.Sent != 15 || e.Received != 15 || e.Err != nil {
				t.Errorf("%s: closed as %+v", to, e)
			}
		}
	}
	send(t, wire, echoRequest(netip.MustParseAddr("192.0.2.9")))
	w.event(func(e Event) bool { return e.Kind == Refused && e.Rule == "pings" })
}

// TestHostPings uses the kernel's own ping socket where it gives one, and wants a reason where it does not.
func TestHostPings(t *testing.T) {
	c, err := Host{}.DialContext(t.Context(), "ping", "127.0.0.1:0")
	if err != nil {
		if c != nil || err.Error() != "ping 127.0.0.1 from this host: permission denied (sysctl net.ipv4.ping_group_range says who may)" {
			t.Errorf("%v, %v", c, err)
		}
		return
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	message := append([]byte{8, 0, 0, 0, 0, 0, 0, 1}, "payload"...)
	got := make([]byte, 100)
	c.Write(message)
	if n, err := c.Read(got); err != nil || got[0] != 0 || string(got[8:n]) != "payload" {
		t.Errorf("%q, %v", got[:n], err)
	}
}

// echoed checks a reply to the guest and gives what follows its checksum.
func echoed(t *testing.T, frame []byte) []byte {
	t.Helper()
	_, message := echoOf(frame)
	packet := frame[header.EthernetMinimumSize:]
	valid := false
	if header.Ethernet(frame).Type() == header.IPv4ProtocolNumber {
		valid = header.IPv4(packet).IsChecksumValid() && checksum.Checksum(message, 0) == 0xffff && message[0] == byte(header.ICMPv4EchoReply)
	} else {
		h := header.IPv6(packet)
		sum := header.ICMPv6(message).Checksum()
		header.ICMPv6(message).SetChecksum(0)
		valid = message[0] == byte(header.ICMPv6EchoReply) &&
			sum == header.ICMPv6Checksum(header.ICMPv6ChecksumParams{Header: message, Src: h.SourceAddress(), Dst: h.DestinationAddress()})
	}
	if !valid {
		t.Errorf("a reply that is not valid: % x", frame)
	}
	return message[4:]
}
