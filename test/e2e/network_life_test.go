package e2e

import (
	"slices"
	"strings"
	"testing"

	"banger/api"
	"banger/internal/network"
)

// connection opens a connection to an echo, and waits on it for a word. It sends that when /dev/shm/go is there, and /dev/shm/end
// tells what came.
const connection = `rm -f /dev/shm/go /dev/shm/end /dev/shm/open
exec 3<>/dev/tcp/93.184.215.14/7 && echo open >&3 && read -r -u 3 w && echo $w >/dev/shm/open
(until test -e /dev/shm/go; do sleep 0.1; done; echo word >&3) &
w=; read -r -u 3 w; echo "$? $w" >/dev/shm/end.new; mv /dev/shm/end.new /dev/shm/end`

// connect leaves a connection open in the shared VM.
func (o online) connect(t *testing.T) {
	t.Helper()
	must(t, o.Host, "vm", "exec", "-d", o.vm.Name, "--", "bash", "-c", connection)
	eventually(t, "a connection is open", func() bool { return o.in(t, o.vm.Name, "cat /dev/shm/open").Stdout == "open\n" })
}

const end = "for i in $(seq 600); do test -e /dev/shm/end && break; sleep 0.1; done; cat /dev/shm/end"

// wantAlive: the connection still carries a word.
func (o online) wantAlive(t *testing.T, vm string) {
	t.Helper()
	if r := o.in(t, vm, "touch /dev/shm/go; "+end); r.Stdout != "0 word\n" {
		t.Errorf("the connection in %s ended with %q %s", vm, r.Stdout, r.Stderr)
	}
}

// wantReset: who waits on the connection has been told that it is none any more, and others can be made.
func (o online) wantReset(t *testing.T, vm string) {
	t.Helper()
	if r := o.in(t, vm, end); r.Stdout != "1 \n" {
		t.Errorf("the connection in %s ended with %q %s", vm, r.Stdout, r.Stderr)
	}
	if r := o.in(t, vm, "curl -sS4 http://www.example.com/where"); r.Stdout != "93.184.215.14:80 as www.example.com\n" {
		t.Errorf("a new one in %s: %q %s", vm, r.Stdout, r.Stderr)
	}
}

// TestConnectionsLive through whatever does not concern them, and end at once where they must.
func TestConnectionsLive(t *testing.T) {
	o, ok := goOnline(t)
	if !ok {
		return // only root can make the namespaces
	}
	o.allow(t, "internet")
	web := o.vm.Name
	t.Run("pause", func(t *testing.T) {
		o.connect(t)
		must(t, o.Host, "vm", "pause", web)
		must(t, o.Host, "vm", "resume", web)
		o.wantAlive(t, web)
	})
	t.Run("another daemon", func(t *testing.T) {
		o.connect(t)
		must(t, o.Host, "daemon", "stop")
		must(t, o.Host, "daemon", "start")
		o.wantAlive(t, web)
	})
	t.Run("new rules", func(t *testing.T) {
		o.connect(t)
		o.allow(t, "allow=93.184.215.14,www.example.com") // which it is allowed by, too
		o.wantAlive(t, web)
		o.connect(t)
		o.allow(t, "allow=www.example.com:80")
		o.wantReset(t, web)
		cut := func(e network.Entry) bool {
			return e.Event == "closed" && e.Port == 7 && strings.Contains(e.Error, "do not allow")
		}
		if all := o.log(t, o.vm); !slices.ContainsFunc(all, cut) {
			t.Errorf("the log does not tell: %+v", all)
		}
		o.allow(t, "internet")
	})
	t.Run("fork", func(t *testing.T) {
		o.connect(t)
		copied := mustJSON[api.VM](t, o.Host, "vm", "show", strings.TrimSpace(must(t, o.Host, "vm", "fork", web)))
		o.wantReset(t, copied.Name)
		o.wantAlive(t, web)
		for _, vm := range []api.VM{o.vm, copied} {
			if got := o.in(t, vm.Name, "ip -4 -brief address show eth0 | tr -s ' ' | cut -d' ' -f3").Stdout; got != vm.IP+"/24\n" {
				t.Errorf("%s has the address %q, want %s", vm.Name, got, vm.IP)
			}
		}
		for _, e := range o.log(t, copied) {
			if e.Rule == "spoofed" {
				t.Errorf("the copy's log has of its first moments: %+v", e)
			}
		}
		must(t, o.Host, "vm", "delete", "-f", copied.Name)
	})
	t.Run("snapshot and restore", func(t *testing.T) {
		o.connect(t)
		must(t, o.Host, "vm", "snapshot", web, "open")
		o.wantAlive(t, web)
		must(t, o.Host, "vm", "restore", web, "open", "-f")
		o.wantReset(t, web)
		must(t, o.Host, "snapshot", "delete", "open")
	})
}
