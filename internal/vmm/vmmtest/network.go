package vmmtest

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"banger/internal/guestlink"
	"banger/internal/vmm"
	"banger/internal/vmm/child"
)

// network checks that the guest has the interface that it was given, and that its frames arrive.
func network(t *testing.T, s Subject) {
	if !s.engine(t).Features().RealGuest {
		return // its guest has no kernel to have an interface
	}
	mac := net.HardwareAddr{0x52, 0x54, 172, 16, 0, 2}
	spec := s.spec(t)
	wire, guestEnd, err := child.Pair("network")
	if err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	spec.NIC = vmm.NIC{MAC: mac, Wire: guestEnd}
	g := s.boot(t, spec)
	guestEnd.Close()
	if got := g.must("", "cat", "/sys/class/net/eth0/address"); strings.TrimSpace(got) != mac.String() {
		t.Errorf("the interface has %q, want %s", got, mac)
	}
	mac[5] = 3 // as in a fork
	frame := g.firstFrame(wire, mac)
	if source := net.HardwareAddr(frame[6:12]); source.String() != mac.String() {
		t.Errorf("the first frame comes from %s, want %s: % x", source, mac, frame)
	}
	g.powerOff()
	g.ends(vmm.CausePowerOff)
	if _, err := io.Copy(io.Discard, wire); err != nil {
		t.Errorf("the wire did not end with the engine: %v", err)
	}
}

// firstFrame has the guest come up as somebody, which it tells its neighbours, and reads what it says first.
func (g *guest) firstFrame(wire net.Conn, mac net.HardwareAddr) []byte {
	g.t.Helper()
	_, err := g.session.Call(bounded(g.t), guestlink.Request{Op: guestlink.OpConfigure, Configure: &guestlink.Configure{Address: netip.AddrFrom4([4]byte(mac[2:]))}})
	if err != nil {
		g.t.Fatal(err)
	}
	wire.SetReadDeadline(time.Now().Add(patience))
	var length [4]byte
	if _, err := io.ReadFull(wire, length[:]); err != nil {
		g.t.Fatal(err)
	}
	frame := make([]byte, min(binary.BigEndian.Uint32(length[:]), 1<<16))
	if _, err := io.ReadFull(wire, frame); err != nil || len(frame) < 14 {
		g.t.Fatalf("a frame of %d bytes: %v", len(frame), err)
	}
	return frame
}
