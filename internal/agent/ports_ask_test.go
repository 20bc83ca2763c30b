package agent_test

import (
	"net"
	"os"
	"slices"
	"testing"

	"banger/internal/guestlink"
)

// TestProcessesAreLeftOut proves that who asks often need not pay for processes.
func TestProcessesAreLeftOut(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port, g := l.Addr().(*net.TCPAddr).Port, start(t)
	for pid, want := range map[int]*guestlink.ListPorts{os.Getpid(): nil, 0: {NoProcesses: true}} {
		resp, err := g.Call(t.Context(), guestlink.Request{Op: guestlink.OpPorts, Ports: want})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(resp.Ports, func(p guestlink.Port) bool { return int(p.Port) == port && p.Protocol == "tcp" })
		if i < 0 || resp.Ports[i].PID != pid || (resp.Ports[i].Process == "") != (pid == 0) {
			t.Errorf("asked for %+v: number %d of %+v", want, i, resp.Ports)
		}
	}
}
