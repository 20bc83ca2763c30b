package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"banger/api"
)

func show(t *testing.T, ref string) api.VM {
	t.Helper()
	return mustJSON[api.VM](t, world.host, "vm", "show", ref)
}

func wantState(t *testing.T, ref, want string) {
	t.Helper()
	if vm := show(t, ref); vm.State != want {
		t.Errorf("%s is %q, want %q (%s)", ref, vm.State, want, vm.Reason)
	}
}

// TestLifecycle takes one VM through its whole life. What was written at the last
// moment before a stop must be there after the next start.
func TestLifecycle(t *testing.T) {
	remove(t, "life")
	must(t, world.host, "vm", "create", "--name", "life", "--no-start", "--vcpu", "1", "--memory", "512M", "--disk-size", "1G", "--system-size", "1G")
	wantState(t, "life", "created")
	vm := show(t, "life")
	if vm.VCPU != 1 || vm.Memory != 512<<20 || vm.Disk != 1<<30 || vm.System != 1<<30 || vm.Image != "debian-bookworm" || !strings.HasPrefix(vm.IP, "172.") {
		t.Errorf("created otherwise than asked: %+v", vm)
	}
	refused(t, world.host, 125, []string{"life", "vm start"}, "vm", "exec", "life", "--", "true")

	must(t, world.host, "vm", "start", "life")
	wantState(t, "life", "running")
	first := show(t, "life")
	if first.BootID == "" || first.Engine == "" || first.Socket == "" {
		t.Errorf("a running VM shows no boot id, engine or socket: %+v", first)
	}
	write := `for d in /root /srv; do mkdir -p $d/many; for i in $(seq 1000); do echo "$d $i" >$d/many/$i; done; done; cat /root/many/* /srv/many/* | sha256sum`
	sum := must(t, world.host, "vm", "exec", "life", "--", "sh", "-c", write)
	must(t, world.host, "vm", "stop", "life")
	wantState(t, "life", "stopped")
	refused(t, world.host, 125, []string{"life"}, "vm", "exec", "life", "--", "true")

	again := must(t, world.host, "vm", "exec", "--start", "life", "--", "sh", "-c", "cat /root/many/* /srv/many/* | sha256sum")
	if again != sum {
		t.Errorf("2000 files written just before the stop: sum %q, want %q", again, sum)
	}
	second := show(t, "life")
	if second.BootID == first.BootID || second.IP != first.IP || second.ID != first.ID {
		t.Errorf("after a restart: boot id %s (was %s), address %s (was %s)", second.BootID, first.BootID, second.IP, first.IP)
	}
	must(t, world.host, "vm", "kill", "life")
	wantState(t, "life", "stopped")
	must(t, world.host, "vm", "delete", "life")
	if exists(t, "life") {
		t.Error("deleted, and still listed")
	}
}

// TestRepeatedVerbs: asking again for what is so already is no failure.
func TestRepeatedVerbs(t *testing.T) {
	remove(t, "again")
	must(t, world.host, append([]string{"vm", "create", "--name", "again"}, small...)...)
	before := show(t, "again").BootID
	must(t, world.host, "vm", "start", "again")
	if after := show(t, "again").BootID; after != before {
		t.Error("starting a running VM booted it anew")
	}
	must(t, world.host, "vm", "stop", "again")
	must(t, world.host, "vm", "stop", "again")
	wantState(t, "again", "stopped")
}

// TestManyReferences: results in the order given, and the good ones proceed when one is wrong.
func TestManyReferences(t *testing.T) {
	names := []string{"many-c", "many-a", "many-b"}
	for _, name := range names {
		remove(t, name)
		must(t, world.host, append([]string{"vm", "create", "--no-start", "--name", name}, small...)...)
	}
	r := banger(t, "vm", "start", "many-c", "no-such-vm", "many-a", "many-b")
	if r.Exit != 1 || !strings.Contains(r.Stderr, "no-such-vm") {
		t.Errorf("exit %d, stderr %q", r.Exit, r.Stderr)
	}
	if got := strings.Fields(r.Stdout); !slices.Equal(got, names) {
		t.Errorf("standard output is %q, want the names in the order given", got)
	}
	for _, name := range names {
		wantState(t, name, "running")
	}
	must(t, world.host, append([]string{"vm", "kill"}, names...)...)
	must(t, world.host, append([]string{"vm", "delete"}, names...)...)
}

// TestReferences: a name, an id, a unique prefix of an id; more than one match is an error that lists them.
func TestReferences(t *testing.T) {
	t.Parallel() // it has a host of its own, and waits more than it works
	h := ownHost(t, true)
	first := map[string]string{} // by the first two digits, the fewest that are taken for an id
	for i := range 257 {
		name := fmt.Sprintf("ref-%d", i)
		must(t, h, append([]string{"vm", "create", "--no-start", "--name", name}, small...)...)
		id := mustJSON[api.VM](t, h, "vm", "show", name).ID
		for _, ref := range []string{id, id[:12]} {
			if i >= 3 {
				break // seen often enough
			}
			if vm := mustJSON[api.VM](t, h, "vm", "show", ref); vm.Name != name {
				t.Errorf("%s is %s, want %s", ref, vm.Name, name)
			}
		}
		if other, twice := first[id[:2]]; twice {
			refused(t, h, 1, []string{id[:8], other[:8]}, "vm", "show", id[:2])
			return
		}
		first[id[:2]] = id
	}
}

func TestLists(t *testing.T) {
	name := guest(t)
	remove(t, "at-rest")
	must(t, world.host, append([]string{"vm", "create", "--no-start", "--name", "at-rest"}, small...)...)
	list := must(t, world.host, "vm", "list")
	header, _, _ := strings.Cut(list, "\n")
	if got, want := strings.Fields(header), "ID NAME STATE ENGINE IMAGE IP VCPU MEM DISK WORKSPACE CREATED"; strings.Join(got, " ") != want {
		t.Errorf("header %q, want %q", got, want)
	}
	for _, want := range []string{name, "at-rest", "running", "created", "debian-bookworm"} {
		if !strings.Contains(list, want) {
			t.Errorf("vm list lacks %q:\n%s", want, list)
		}
	}
	if ps := must(t, world.host, "ps"); !strings.Contains(ps, name) || strings.Contains(ps, "at-rest") {
		t.Errorf("ps shows running VMs only; got\n%s", ps)
	}
	if ps := must(t, world.host, "ps", "-a"); !strings.Contains(ps, "at-rest") {
		t.Errorf("ps -a lacks the stopped one:\n%s", ps)
	}
	ids := strings.Fields(must(t, world.host, "ps", "-a", "-q"))
	if !slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(show(t, "at-rest").ID, id) }) || len(ids) != len(vms(t)) {
		t.Errorf("ps -a -q prints %q", ids)
	}
	if engine := show(t, name).Engine; !strings.Contains(list, engine) {
		t.Errorf("the list does not show the engine %q:\n%s", engine, list)
	}
}

func TestLogs(t *testing.T) {
	name := guest(t)
	inGuest(t, "sh", "-c", "for i in 1 2 3; do echo marker-$i >/dev/console; done")
	eventually(t, "the console's last line is in the log", func() bool {
		return strings.Contains(must(t, world.host, "vm", "logs", name), "marker-3")
	})
	tail := must(t, world.host, "vm", "logs", "--tail", "1", name)
	if strings.Count(tail, "\n") != 1 {
		t.Errorf("--tail 1 prints %q", tail)
	}
	for line := range strings.Lines(must(t, world.host, "vm", "logs", "--json", "--tail", "2", name)) {
		var entry struct {
			Time time.Time
			Text string
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil || time.Since(entry.Time).Abs() > time.Hour || !strings.HasPrefix(entry.Text, "marker-") {
			t.Errorf("--json prints %q: %v", line, err)
		}
	}
	if all := must(t, world.host, "vm", "logs", "--since", "1h", name); !strings.Contains(all, "marker-3") {
		t.Errorf("--since 1h prints %q", all)
	}
	if none := must(t, world.host, "vm", "logs", "--since", "2100-01-01T00:00:00Z", name); none != "" {
		t.Errorf("--since the far future prints %q", none)
	}
	var out lockedBuffer
	call := world.host.Banger("vm", "logs", "-f", name)
	call.Stdout = &out
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the follower has the old lines", func() bool { return strings.Contains(out.String(), "marker-3") })
	inGuest(t, "sh", "-c", "echo marker-new >/dev/console")
	eventually(t, "the follower sees a new line", func() bool { return strings.Contains(out.String(), "marker-new") })
	p.Signal(interrupt)
	p.Wait(t.Context())
}

// TestLogsOnATerminalAreHarmless: what a guest prints on its console must not act on the user's terminal.
func TestLogsOnATerminalAreHarmless(t *testing.T) {
	inGuest(t, "sh", "-c", `printf 'evil\033]0;owned\007here\n' >/dev/console`)
	eventually(t, "the line is in the log", func() bool {
		return strings.Contains(must(t, world.host, "vm", "logs", guest(t)), "owned")
	})
	term := startOnTerminal(t, world.host.Banger("vm", "logs", guest(t)), &pty.Winsize{Rows: 24, Cols: 80})
	term.wait(t)
	if seen := term.seen.String(); !strings.Contains(seen, "owned") || strings.ContainsAny(seen, "\x1b\x07") {
		t.Errorf("the terminal got %q", seen)
	}
}
