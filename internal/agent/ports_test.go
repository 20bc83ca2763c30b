package agent

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"banger/internal/guestlink"
)

func TestPortsAreThoseOfListeners(t *testing.T) {
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	call, err := net.Dial("tcp4", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer call.Close()
	all, err := ports(nil)
	if err != nil {
		t.Fatal(err)
	}
	comm, _ := os.ReadFile("/proc/self/comm")
	for protocol, addr := range map[string]string{"tcp": tcp.Addr().String(), "udp6": udp.LocalAddr().String()} {
		at := netip.MustParseAddrPort(addr)
		want := guestlink.Port{Protocol: protocol, Address: at.Addr().String(), Port: at.Port(), PID: os.Getpid(), Process: strings.TrimSpace(string(comm))}
		if !slices.Contains(all, want) {
			t.Errorf("%+v is not among %+v", want, all)
		}
	}
	caller := netip.MustParseAddrPort(call.LocalAddr().String()).Port()
	if slices.ContainsFunc(all, func(p guestlink.Port) bool { return p.Protocol == "tcp" && p.Port == caller }) {
		t.Errorf("a connection, from port %d, is taken for a listener", caller)
	}
	if !slices.IsSortedFunc(all, func(a, b guestlink.Port) int { return int(a.Port) - int(b.Port) }) {
		t.Errorf("not in order: %+v", all)
	}
}

const procNetTCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
   2: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1
   3: nonsense 0 0A
`

func TestListeners(t *testing.T) {
	found, err := listeners(strings.NewReader(procNetTCP), "tcp", 10)
	want := "[{{tcp 127.0.0.1 8080 0 } 4711} {{tcp ::1 22 0 } 12}]"
	if err != nil || fmt.Sprint(found) != want {
		t.Errorf("%v, %v, want %s", found, err, want)
	}
	if found, _ := listeners(strings.NewReader(procNetTCP), "tcp", 1); len(found) != 1 {
		t.Errorf("%d beyond the limit of 1", len(found))
	}
}

func FuzzListeners(f *testing.F) {
	f.Add(procNetTCP)
	f.Fuzz(func(t *testing.T, text string) {
		found, _ := listeners(strings.NewReader(text), "udp", 100)
		for _, l := range found {
			if _, err := netip.ParseAddr(l.Address); err != nil || len(found) > 100 {
				t.Errorf("%d, among them %+v: %v", len(found), l, err)
			}
		}
	})
}
