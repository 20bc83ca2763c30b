package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"banger/internal/shim"
)

// processorTime is how much of it a VM's engine has had, in ticks of 10 ms (proc_pid_stat(5), fields 14 and 15).
func processorTime(t *testing.T, vm string) int {
	t.Helper()
	reply, err := shim.Ask(t.Context(), show(t, vm).Socket, shim.Request{Op: shim.OpStatus})
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", reply.Status.EnginePID))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	user, errUser := strconv.Atoi(fields[11])
	system, errSystem := strconv.Atoi(fields[12])
	if errUser != nil || errSystem != nil {
		t.Fatalf("%s: %v, %v", stat, errUser, errSystem)
	}
	return user + system
}

// TestPause: a busy guest that is paused takes no processor time, and goes on afterwards with the right time.
func TestPause(t *testing.T) {
	remove(t, "still")
	must(t, world.host, append([]string{"vm", "create", "--name", "still"}, small...)...)
	must(t, world.host, "vm", "exec", "-d", "still", "--", "sh", "-c", "while :; do :; done")
	eventually(t, "the guest is busy", func() bool {
		before := processorTime(t, "still")
		time.Sleep(200 * time.Millisecond)
		return processorTime(t, "still")-before >= 5
	})
	must(t, world.host, "vm", "pause", "still")
	wantState(t, "still", "paused")
	before := processorTime(t, "still")
	time.Sleep(3 * time.Second)
	if got := processorTime(t, "still") - before; got > 20 {
		t.Errorf("a paused guest had %d0 ms of processor time in 3 s", got)
	}
	refused(t, world.host, 125, []string{"paused", "vm resume still"}, "vm", "exec", "still", "--", "true")
	refused(t, world.host, 1, []string{"paused", "vm resume still"}, "vm", "start", "still")
	refused(t, world.host, 1, []string{"paused"}, "vm", "fork", "still")
	refused(t, world.host, 1, []string{"paused"}, "vm", "snapshot", "still", "s")

	must(t, world.host, "daemon", "stop")
	if names := must(t, world.host, "ps", "-q", "--filter", "state=paused"); !strings.Contains(names, show(t, "still").ID) {
		t.Errorf("the next daemon lists %q as paused", names)
	}
	must(t, world.host, "vm", "resume", "still")
	wantState(t, "still", "running")
	now, err := strconv.ParseInt(strings.TrimSpace(must(t, world.host, "vm", "exec", "still", "--", "date", "+%s")), 10, 64)
	if off := time.Since(time.Unix(now, 0)); err != nil || off.Abs() > 2500*time.Millisecond {
		t.Errorf("the guest's clock is off by %s after 3 s of standing still (%v)", off, err)
	}
}

// TestStopOfAPaused: its guest is let run, so that it can end in order.
func TestStopOfAPaused(t *testing.T) {
	remove(t, "still")
	must(t, world.host, append([]string{"vm", "create", "--name", "still"}, small...)...)
	must(t, world.host, "vm", "exec", "still", "--", "sh", "-c", "echo kept >/root/word")
	must(t, world.host, "vm", "pause", "still")
	must(t, world.host, "vm", "stop", "--timeout", "60s", "still")
	if vm := show(t, "still"); vm.State != "stopped" || vm.Reason != "it was stopped" {
		t.Errorf("it is %s: %s", vm.State, vm.Reason)
	}
	if got := must(t, world.host, "vm", "exec", "--start", "still", "--", "cat", "/root/word"); got != "kept\n" {
		t.Errorf("its disk holds %q", got)
	}
}
