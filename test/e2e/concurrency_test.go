package e2e

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"banger/api"
	"banger/test/harness"
)

// TestManyCreatesAtOnce: each gets an address of its own, and of those who want one name a single one gets it.
func TestManyCreatesAtOnce(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, "daemon", "start")
	const many = 12
	results := make([]harness.Result, 2*many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			results[i] = h.Banger("vm", "create", "--no-start", "--name", fmt.Sprintf("own-%d", i)).Run(t.Context())
		})
		all.Go(func() {
			results[many+i] = h.Banger("vm", "create", "--no-start", "--name", "wanted").Run(t.Context())
		})
	}
	all.Wait()
	won := 0
	for i, r := range results {
		switch {
		case i < many && r.Exit != 0:
			t.Errorf("create %d: exit %d: %s", i, r.Exit, r.Stderr)
		case i >= many && r.Exit == 0:
			won++
		case i >= many && !strings.Contains(r.Stderr, "wanted"):
			t.Errorf("a loser is told %q", r.Stderr)
		}
	}
	if won != 1 {
		t.Errorf("%d got the name", won)
	}
	addresses := map[string]string{}
	for _, vm := range mustJSON[api.VMList](t, h, "vm", "list").VMs {
		if other, taken := addresses[vm.IP]; taken {
			t.Errorf("%s and %s have the address %s", vm.Name, other, vm.IP)
		}
		addresses[vm.IP] = vm.Name
	}
	if len(addresses) != many+1 {
		t.Errorf("%d VMs, want %d", len(addresses), many+1)
	}
}

// TestTwoDaemonsAtOnce: commands that find no daemon at the same moment start one.
func TestTwoDaemonsAtOnce(t *testing.T) {
	h := ownHost(t, false)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			r := h.Banger("vm", "list").Run(t.Context())
			if r.Exit != 0 {
				t.Errorf("exit %d: %s", r.Exit, r.Stderr)
			}
		})
	}
	all.Wait()
	daemons := 0
	for _, line := range harness.Descendants() {
		if strings.Contains(line, "bangerd") && !strings.Contains(line, " shim ") && strings.Contains(environment(line), h.State) {
			daemons++
		}
	}
	if daemons != 1 {
		t.Errorf("%d daemons run", daemons)
	}
}

// environment is that of a process listed by harness.Descendants.
func environment(line string) string {
	var pid int
	fmt.Sscanf(line, "pid %d:", &pid)
	env, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return string(env)
}

// TestCreateCanceled: Ctrl-C in the middle of a start leaves no VM, no file, no process.
func TestCreateCanceled(t *testing.T) {
	for name, signal := range map[string]os.Signal{"interrupted": syscall.SIGINT, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			h := ownHost(t, true)
			p, err := h.Banger(append([]string{"vm", "create", "--name", "half"}, small...)...).Start()
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "the engine runs", func() bool { return ofHost(h, "shim") })
			p.Signal(signal)
			if r := p.Wait(t.Context()); r.Exit == 0 {
				t.Error("a cancelled create ended with 0")
			}
			eventually(t, "the VM is gone", func() bool { return len(mustJSON[api.VMList](t, h, "vm", "list").VMs) == 0 })
			eventually(t, "its supervisor is gone", func() bool { return !ofHost(h, "shim") })
			eventually(t, "its files are gone", func() bool {
				left, err := os.ReadDir(h.State + "/vms")
				return err == nil && len(left) == 0
			})
		})
	}
}

// ofHost reports whether a process with the word in its arguments belongs to the host.
func ofHost(h *harness.Host, word string) bool {
	for _, line := range harness.Descendants() {
		if strings.Contains(line, word) && strings.Contains(line, h.Dir) {
			return true
		}
	}
	return false
}

// TestABigCopyBlocksNobody: while data streams into a VM, it can be looked at, stopped and deleted.
func TestABigCopyBlocksNobody(t *testing.T) {
	remove(t, "swamped")
	must(t, world.host, append([]string{"vm", "create", "--name", "swamped"}, small...)...)
	call := world.host.Banger("vm", "exec", "-i", "swamped", "--", "sh", "-c", "cat >/dev/null").Input(zeroes{})
	call.Stdout = io.Discard
	p, err := call.Start()
	if err != nil {
		t.Fatal(err)
	}
	must(t, world.host, "vm", "exec", "swamped", "--", "true")
	wantState(t, "swamped", "running")
	must(t, world.host, "vm", "stop", "swamped")
	// The guest ends its processes with SIGTERM before it powers off; a stream may be cut before that is told.
	if r := p.Wait(t.Context()); r.Exit != 128+15 && r.Exit != 125 {
		t.Errorf("a copy into a VM that is stopped: exit %d: %s", r.Exit, r.Stderr)
	}
	must(t, world.host, "vm", "delete", "swamped")
}
