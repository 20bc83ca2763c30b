package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"banger/api"
	"banger/test/harness"
)

// TestSnapshotAndRestore: memory and disks come back together, what was there is kept, and that comes back as well.
func TestSnapshotAndRestore(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--name", "web"}, small...)...)
	before := mustJSON[api.VM](t, h, "vm", "show", "web")
	inWeb := func(script string) string {
		t.Helper()
		return must(t, h, "vm", "exec", "web", "--", "sh", "-c", script)
	}
	inWeb("echo first | tee /dev/shm/m /etc/s >/root/w") // not written through
	must(t, h, "vm", "snapshot", "web", "first")
	inWeb("echo second | tee /dev/shm/m /etc/s >/root/w; rm /root/.bashrc; touch /root/new")

	restored := mustJSON[api.Restored](t, h, "vm", "restore", "web", "first")
	const look = "cat /dev/shm/m /etc/s /root/w; ls -A /root | tr '\n' ' '; hostname; cat /etc/machine-id"
	if got := inWeb(look); got != "first\nfirst\nfirst\n.bashrc .profile w web\n"+before.ID+"\n" {
		t.Errorf("restored: %q", got)
	}
	after := mustJSON[api.VM](t, h, "vm", "show", "web")
	if after.ID != before.ID || after.IP != before.IP || after.State != "running" || after.Start != "restored from first" || after.BootID == before.BootID {
		t.Errorf("vm show: %+v", after)
	}
	if now := inWeb("date +%s"); !near(t, now) {
		t.Errorf("the clock says %s", now)
	}
	must(t, h, "vm", "restore", "web", restored.Safety, "-f")
	if got := inWeb(look); got != "second\nsecond\nsecond\n.profile new w web\n"+before.ID+"\n" {
		t.Errorf("what was kept, restored: %q", got)
	}
	if names := snapshotNames(t, h); !slices.Equal(names, []string{"first", restored.Safety}) {
		t.Errorf("snapshot list: %q", names)
	}
	refused(t, h, 1, []string{"exists already"}, "vm", "snapshot", "web", "first")
	must(t, h, "vm", "delete", "-f", "web")
	refused(t, h, 1, []string{"first", restored.Safety}, "image", "delete", harness.Image)
	must(t, h, append([]string{"vm", "create", "--name", "web"}, small...)...) // another one of that name
	refused(t, h, 1, []string{"another VM"}, "vm", "restore", "web", "first")
	must(t, h, append([]string{"snapshot", "delete"}, snapshotNames(t, h)...)...)
	if left := glob0(h, "snapshots/*"); len(left) != 0 {
		t.Errorf("left of snapshots: %v", left)
	}
}

// snapshotNames are sorted: snapshots of one second, which is what the store keeps of times, are listed in the order of their random ids.
func snapshotNames(t *testing.T, h *harness.Host) (names []string) {
	t.Helper()
	for _, snap := range mustJSON[api.SnapshotList](t, h, "snapshot", "list").Snapshots {
		names = append(names, snap.Name)
	}
	slices.Sort(names)
	return names
}

func near(t *testing.T, seconds string) bool {
	t.Helper()
	d, err := time.ParseDuration(strings.TrimSpace(seconds) + "s")
	return err == nil && time.Since(time.Unix(0, 0).Add(d)).Abs() < time.Minute
}

// TestSnapshotOfAStoppedVM is of its disks; restored, it is stopped.
func TestSnapshotOfAStoppedVM(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--no-start", "--name", "cold"}, small...)...)
	refused(t, h, 1, []string{"never run"}, "vm", "snapshot", "cold", "nothing")
	must(t, h, "vm", "exec", "--start", "cold", "--", "sh", "-c", "echo one >/root/w")
	must(t, h, "vm", "stop", "cold")
	must(t, h, "vm", "snapshot", "cold", "one")
	if snap := mustJSON[api.Snapshot](t, h, "snapshot", "show", "one"); snap.Memory || snap.Size == 0 || snap.VM != "cold" {
		t.Errorf("snapshot show: %+v", snap)
	}
	must(t, h, "vm", "exec", "--start", "cold", "--", "sh", "-c", "echo two >/root/w; sync")
	must(t, h, "vm", "restore", "cold", "one", "-f")
	if vm := mustJSON[api.VM](t, h, "vm", "show", "cold"); vm.State != "stopped" || !strings.Contains(vm.Reason, "restored from one") {
		t.Errorf("vm show: %+v", vm)
	}
	if out := must(t, h, "vm", "exec", "--start", "cold", "--", "cat", "/root/w"); out != "one\n" {
		t.Errorf("restored: %q", out)
	}
}

// TestDamagedSnapshot is refused before anything is touched.
func TestDamagedSnapshot(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--name", "web"}, small...)...)
	must(t, h, "vm", "snapshot", "web", "odd")
	if err := flip(glob0(h, "snapshots/*/memory")[0]); err != nil {
		t.Fatal(err)
	}
	boot := mustJSON[api.VM](t, h, "vm", "show", "web").BootID
	refused(t, h, 1, []string{"odd", "memory", "content has changed"}, "vm", "restore", "web", "odd", "-f")
	if vm := mustJSON[api.VM](t, h, "vm", "show", "web"); vm.State != "running" || vm.BootID != boot {
		t.Errorf("the VM that was to be restored is %s", vm.State)
	}
	must(t, h, "snapshot", "delete", "odd")
}

// TestDaemonKilledDuringARestore: whenever it happens, the VM has the disks of one moment, and what was there can still be had.
func TestDaemonKilledDuringARestore(t *testing.T) {
	h := ownHost(t, true)
	must(t, h, append([]string{"vm", "create", "--name", "web"}, small...)...)
	must(t, h, "vm", "exec", "web", "--", "sh", "-c", "echo old | tee /etc/s >/root/w; sync")
	must(t, h, "vm", "snapshot", "web", "old")
	for _, wait := range []time.Duration{10, 100, 200, 300, 400, 500, 700} {
		must(t, h, "vm", "exec", "--start", "web", "--", "sh", "-c", "echo new | tee /etc/s >/root/w; sync")
		p, err := h.Banger("vm", "restore", "web", "old", "-f").Start()
		if err != nil {
			t.Fatal(err)
		}
		select { // a restore takes half a second here; the more moments are hit the better
		case <-time.After(wait * time.Millisecond):
		case <-p.Done():
		}
		syscall.Kill(status(t, h).PID, syscall.SIGKILL)
		p.Wait(t.Context())
		if out := must(t, h, "vm", "exec", "--start", "web", "--", "cat", "/etc/s", "/root/w"); out != "old\nold\n" && out != "new\nnew\n" {
			t.Errorf("killed after %d ms: the disks hold %q", wait, out)
		}
		must(t, h, "vm", "stop", "web")
	}
	must(t, h, "vm", "delete", "-f", "web")
	must(t, h, "snapshot", "delete", "old")
	if entries, _ := os.ReadDir(filepath.Join(h.State, "vms")); len(entries) != 0 {
		t.Errorf("left: %v", entries)
	}
}
