package e2e

import (
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"banger/api"
)

// TestPorts finds what listens in a guest, and whose it is.
func TestPorts(t *testing.T) {
	vm := guest(t)
	// It returns once both are bound; its child has them.
	inGuest(t, "perl", "-MIO::Socket::INET", "-e", `
		$tcp = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => 4242) or die;
		$udp = IO::Socket::INET->new(Proto => "udp", LocalPort => 4243) or die;
		fork or sleep 3600`)
	defer inGuest(t, "pkill", "perl")
	list := mustJSON[api.PortList](t, world.host, "vm", "ports", vm)
	if len(list.Ports) != 2 {
		t.Errorf("listed: %+v", list)
	}
	for _, p := range list.Ports {
		if p.Process != "perl" || p.PID < 2 || p.Port == 4242 && (p.Protocol != "tcp" || p.Address != "127.0.0.1") || p.Port == 4243 && !strings.HasPrefix(p.Protocol, "udp") {
			t.Errorf("%+v", p)
		}
	}
	if out := must(t, world.host, "vm", "ports", "-q", vm); !strings.Contains(out, "4242/tcp\n") || !strings.Contains(out, "4243/udp\n") {
		t.Errorf("-q prints %q", out)
	}
	refused(t, world.host, 1, []string{"no-such-vm"}, "vm", "ports", "no-such-vm")
}

// TestStatsShowABusyGuest on a terminal, where the table is drawn until Ctrl-C, and elsewhere.
func TestStatsShowABusyGuest(t *testing.T) {
	vm := guest(t)
	busy, err := world.host.Banger(execArgs(t, "sh", "-c", "while :; do :; done")...).Start()
	if err != nil {
		t.Fatal(err)
	}
	type sample struct {
		api.Stats
		Percent float64 `json:"cpu_percent"`
	}
	eventually(t, "it is seen to be busy", func() bool {
		s := mustJSON[sample](t, world.host, "vm", "stats", vm)
		return s.Percent > 5 && s.VM == vm && s.Own > 0 && s.Disk > 0 && s.Guest != nil && s.Guest.Commands == 1 && s.Guest.MemTotal > 256<<20
	})
	term := startOnTerminal(t, world.host.Banger("vm", "stats"), &pty.Winsize{Rows: 24, Cols: 120})
	eventually(t, "the table is drawn and drawn again", func() bool {
		seen := term.seen.String()
		return strings.Count(seen, "GUEST MEM") >= 3 && strings.Contains(seen, "\x1b[") && strings.Contains(seen, vm)
	})
	term.typeIn(t, "\x03")
	if r := term.wait(t); r.Exit != 0 {
		t.Errorf("Ctrl-C gave exit %d\n%s", r.Exit, term.seen.String())
	}
	busy.Signal(syscall.SIGKILL)
	busy.Wait(t.Context())
	must(t, world.host, "vm", "pause", vm)
	defer must(t, world.host, "vm", "resume", vm)
	if s := mustJSON[sample](t, world.host, "vm", "stats", vm); s.Guest != nil || s.Own == 0 {
		t.Errorf("of a guest that stands still: %+v", s)
	}
	refused(t, world.host, 1, []string{"paused", "vm resume"}, "vm", "ports", vm)
	refused(t, world.host, 1, []string{"no-such-vm"}, "vm", "stats", "no-such-vm")
}
