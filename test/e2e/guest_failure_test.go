package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGuestPanics: the VM is stopped with the reason, and the command that was running gets 125.
func TestGuestPanics(t *testing.T) {
	remove(t, "panics")
	must(t, world.host, append([]string{"vm", "create", "--name", "panics"}, small...)...)
	r := banger(t, "vm", "exec", "panics", "--", "sh", "-c", "echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger; sleep 600")
	if r.Exit != 125 || !strings.Contains(r.Stderr, "panicked") {
		t.Errorf("a VM lost midway: exit %d, stderr %q", r.Exit, r.Stderr)
	}
	eventually(t, "the VM is not running any more", func() bool { return show(t, "panics").State != "running" })
	if vm := show(t, "panics"); vm.State != "stopped" || vm.Reason == "" {
		t.Errorf("state %q, reason %q", vm.State, vm.Reason)
	}
	if log := must(t, world.host, "vm", "logs", "panics"); !strings.Contains(log, "Kernel panic") {
		t.Error("the log of the panic is gone")
	}
	must(t, world.host, "vm", "start", "panics")
	wantState(t, "panics", "running")
}

// TestGuestKillsItsAgent: the agent is process 1, so its end is the guest's.
func TestGuestKillsItsAgent(t *testing.T) {
	remove(t, "suicide")
	must(t, world.host, append([]string{"vm", "create", "--name", "suicide"}, small...)...)
	// The kernel shields process 1 from signals that it does not handle.
	must(t, world.host, "vm", "exec", "suicide", "--", "kill", "-KILL", "1")
	if r := banger(t, "vm", "exec", "suicide", "--", "true"); r.Exit != 0 {
		t.Errorf("kill -KILL 1 hurt the agent: exit %d, %s", r.Exit, r.Stderr)
	}
	r := banger(t, "vm", "exec", "suicide", "--", "sh", "-c", "kill -SEGV 1; kill -ABRT 1; kill -QUIT 1; kill -TERM 1; sleep 2; echo b >/proc/sysrq-trigger; sleep 600")
	if r.Exit != 125 {
		t.Errorf("exit %d, want 125: %s", r.Exit, r.Stderr)
	}
	eventually(t, "the VM is not running any more", func() bool { return show(t, "suicide").State == "stopped" })
}

// TestGuestPowersOff: a power-off from inside is an end like any other.
func TestGuestPowersOff(t *testing.T) {
	remove(t, "leaves")
	must(t, world.host, append([]string{"vm", "create", "--name", "leaves"}, small...)...)
	banger(t, "vm", "exec", "leaves", "--", "sh", "-c", "sync; echo o >/proc/sysrq-trigger; sleep 600")
	eventually(t, "the VM is stopped", func() bool { return show(t, "leaves").State == "stopped" })
}

// TestGuestFillsItsDisk: the guest gets "no space left", and lives on.
func TestGuestFillsItsDisk(t *testing.T) {
	r := banger(t, vmRun("--rm", "--disk-size", "64M", "--system-size", "64M", "--", "sh", "-c",
		"for d in /root /srv; do dd if=/dev/zero of=$d/full bs=1M; echo $?; rm $d/full; echo room >$d/again && cat $d/again; done")...)
	if want := "1\nroom\n1\nroom\n"; r.Exit != 0 || r.Stdout != want {
		t.Errorf("exit %d, stdout %q, want %q\n%s", r.Exit, r.Stdout, want, r.Stderr)
	}
	if !strings.Contains(r.Stderr, "No space left on device") {
		t.Errorf("the guest did not hear of it: %s", r.Stderr)
	}
}

// TestGuestHangsAtBoot boots a kernel that does nothing at all. The start must end by
// itself, say that the guest gave no answer, and leave a VM that does not run.
func TestGuestHangsAtBoot(t *testing.T) {
	t.Parallel() // it has a host of its own, and waits more than it works
	h := ownHost(t, true)
	replaceKernel(t, h, stillKernel())
	r := run(t, h.Banger(vmRun("--rm", "--name", "still", "--", "true")...))
	if r.Exit != 125 || !strings.Contains(r.Stderr, "still") {
		t.Errorf("exit %d, stderr %q", r.Exit, r.Stderr)
	}
	if out := must(t, h, "vm", "list", "-q"); out != "" {
		t.Errorf("--rm left %q", out)
	}
	if left, _ := os.ReadDir(filepath.Join(h.State, "vms")); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}
