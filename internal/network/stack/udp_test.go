package stack

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// serveUDP puts a server into the internet that gives every datagram back.
func (w *world) serveUDP(address string) {
	w.t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	w.mu.Lock()
	w.hosts["udp "+address] = c.LocalAddr().String()
	w.mu.Unlock()
	go func() {
		for buf := make([]byte, 1<<16); ; {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			c.WriteTo(buf[:n], from)
		}
	}()
}

func TestDatagrams(t *testing.T) {
	w, wire := newWorld(t, Limits{SessionIdle: 100 * time.Millisecond})
	g := newGuest(t, wire)
	for _, address := range []string{"198.51.100.1:123", "[2001:db8::1]:123"} {
		w.serveUDP(address)
		c := g.dialUDP(address)
		for _, size := range []int{1, 1400, 9000, 0, 60000} {
			sent, got := bytes.Repeat([]byte{7}, size), make([]byte, 1<<16)
			c.Write(sent)
			if n, err := c.Read(got); err != nil || !bytes.Equal(got[:n], sent) {
				t.Errorf("%s: %d bytes came back of %d, %v", address, n, size, err)
			}
		}
		e := w.event(func(e Event) bool { return e.Kind == Closed && e.Attempt.Destination.String() == address })
		if e.Sent != 70401 || e.Received != e.Sent || e.Err != nil {
			t.Errorf("%s: closed as %+v", address, e)
		}
	}
}

func TestRefusedDatagrams(t *testing.T) {
	w, wire := newWorld(t, Limits{Sessions: 1})
	w.serveUDP("198.51.100.1:123")
	w.setPolicy(func(a Attempt) Verdict { return Verdict{Allow: a.Destination.Port() == 123, Rule: "time only"} })
	send(t, wire, datagram("198.51.100.1:123", "x"))
	if got := receive(t, wire); got[len(got)-1] != 'x' {
		t.Fatalf("the one that is allowed was answered by % x", got)
	}
	for address, rule := range map[string]string{
		"198.51.100.1:53": "time only", "198.51.100.1:1900": "time only", "198.51.100.2:123": ruleLimit, "[2001:db8::1]:53": "time only",
	} {
		send(t, wire, datagram(address, "x"))
		_, message := echoOf(receive(t, wire))
		v4 := message[0] == byte(header.ICMPv4DstUnreachable) && message[1] == byte(header.ICMPv4PortUnreachable)
		v6 := message[0] == byte(header.ICMPv6DstUnreachable) && message[1] == byte(header.ICMPv6PortUnreachable)
		if v4 == v6 {
			t.Errorf("%s: answered by % x", address, message)
		}
		e := w.event(func(e Event) bool { return e.Attempt.Destination.String() == address })
		if e.Kind != Refused || e.Rule != rule {
			t.Errorf("%s: told as %+v", address, e)
		}
	}
}

func TestDNSAtTheGateway(t *testing.T) {
	w, wire := newWorld(t, Limits{})
	g := newGuest(t, wire)
	w.setPolicy(func(Attempt) Verdict { return Verdict{Rule: "nothing"} })
	for _, gateway := range []string{"172.16.3.1:53", "[fd62:6e67:7200:1003::1]:53"} {
		c, got := g.dialUDP(gateway), make([]byte, 100)
		c.Write([]byte("query"))
		if n, err := c.Read(got); err != nil || string(got[:n]) != "answer by udp to query" {
			t.Errorf("%s: %q, %v", gateway, got[:n], err)
		}
		stream := g.mustDial(gateway)
		for range 2 {
			stream.Write(append(binary.BigEndian.AppendUint16(nil, 5), "query"...))
			if _, err := io.ReadFull(stream, got[:24]); err != nil || string(got[:24]) != "\x00\x16answer by tcp to query" {
				t.Errorf("%s: %q, %v", gateway, got[:24], err)
			}
		}
		stream.Close()
	}
}
