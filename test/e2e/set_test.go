package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func guestNumber(t *testing.T, vm, script string) int {
	t.Helper()
	out := must(t, world.host, "vm", "exec", vm, "--", "sh", "-c", script)
	n, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		t.Fatalf("%s in %s: %q", script, vm, out)
	}
	return n
}

// TestSet: a name counts at once, in the guest too; sizes from the next start on, with everything that is on the disks.
func TestSet(t *testing.T) {
	remove(t, "before")
	remove(t, "after")
	must(t, world.host, "vm", "create", "--name", "before", "--vcpu", "1", "--memory", "512M", "--disk-size", "1G", "--system-size", "1G")
	must(t, world.host, "vm", "exec", "before", "--", "sh", "-c", "echo kept >/root/word; echo kept >/srv/word")
	boot := show(t, "before").BootID
	r := banger(t, "vm", "set", "before", "--name", "after", "--memory", "640M", "--vcpu", "2", "--disk-size", "3G", "--system-size", "2G")
	if r.Exit != 0 || r.Stdout != "after\n" || !strings.Contains(r.Stderr, "from the next start on: memory: 640 MiB, now 512 MiB") {
		t.Errorf("exit %d: %s%s", r.Exit, r.Stdout, r.Stderr)
	}
	if got := must(t, world.host, "vm", "exec", "after", "--", "hostname"); got != "after\n" {
		t.Errorf("the guest calls itself %q", got)
	}
	refused(t, world.host, 1, []string{"no VM", "before"}, "vm", "show", "before")
	refused(t, world.host, 1, []string{"smaller"}, "vm", "set", "after", "--disk-size", "2G")
	refused(t, world.host, 2, []string{"nothing"}, "vm", "set", "after")

	must(t, world.host, "vm", "restart", "after")
	vm := show(t, "after")
	if vm.BootID == boot || len(vm.Pending) > 0 {
		t.Errorf("after a restart: boot %s, pending %q", vm.BootID, vm.Pending)
	}
	memory := guestNumber(t, "after", "awk '/MemTotal/ {print int($2/1024)}' /proc/meminfo")
	if cpus := guestNumber(t, "after", "nproc"); cpus != 2 || memory < 560 {
		t.Errorf("%d vCPUs and %d MiB", cpus, memory)
	}
	for dir, least := range map[string]int{"/root": 2800, "/srv": 1800} {
		if got := guestNumber(t, "after", "df -m --output=size "+dir+" | tail -1"); got < least {
			t.Errorf("%s has %d MiB, want %d or more", dir, got, least)
		}
		if got := must(t, world.host, "vm", "exec", "after", "--", "cat", dir+"/word"); got != "kept\n" {
			t.Errorf("%s/word holds %q", dir, got)
		}
	}
}

// TestIdleStop: a VM that nobody uses stops; one whose commands run does not, whether somebody accompanies them or not.
func TestIdleStop(t *testing.T) {
	remove(t, "idle")
	must(t, world.host, append([]string{"vm", "create", "--no-start", "--name", "idle"}, small...)...)
	must(t, world.host, "vm", "set", "idle", "--idle-stop", "2s")
	must(t, world.host, "vm", "start", "idle")
	must(t, world.host, "vm", "exec", "idle", "--", "sleep", "5")
	must(t, world.host, "vm", "exec", "-d", "idle", "--", "sh", "-c", "sleep 6; touch /root/done; sync")
	eventually(t, "the VM has stopped", func() bool { return show(t, "idle").State == "stopped" })
	if vm := show(t, "idle"); vm.Reason != "it was stopped: nobody used it for 2s" {
		t.Errorf("reason %q", vm.Reason)
	}
	must(t, world.host, "vm", "set", "idle", "--idle-stop", "off")
	must(t, world.host, "vm", "exec", "--start", "idle", "--", "ls", "/root/done")
}

// TestUseIsShown: exec does not pass through the daemon, which hears of it all the same.
func TestUseIsShown(t *testing.T) {
	vm := guest(t)
	must(t, world.host, "vm", "exec", vm, "--", "true")
	before := time.Now().Truncate(time.Second).Add(time.Second)
	time.Sleep(time.Until(before))
	must(t, world.host, "vm", "health", vm)
	must(t, world.host, "vm", "exec", vm, "--", "true")
	eventually(t, "the use is shown", func() bool { return !show(t, vm).Touched.Before(before) })
}
