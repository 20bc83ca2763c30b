package qemu

import (
	"strings"
	"syscall"
	"testing"

	"banger/internal/vmm"
)

func TestExitTellsTheCause(t *testing.T) {
	exited := func(status int) syscall.WaitStatus { return syscall.WaitStatus(status << 8) }
	signaled := func(s syscall.Signal) syscall.WaitStatus { return syscall.WaitStatus(s) }
	for _, c := range []struct {
		name   string
		reason string
		status syscall.WaitStatus
		want   vmm.Cause
		detail string
	}{
		{"the guest powered off", "guest-shutdown", exited(0), vmm.CausePowerOff, ""},
		{"the guest rebooted", "guest-reset", exited(0), vmm.CauseReset, "rebooted"},
		{"SIGTERM, obeyed", "host-signal", exited(0), vmm.CauseKilled, "signal"},
		{"SIGKILL", "", signaled(syscall.SIGKILL), vmm.CauseKilled, "signal 9"},
		{"powered off, then killed", "guest-shutdown", signaled(syscall.SIGKILL), vmm.CausePowerOff, ""},
		{"a crash", "", signaled(syscall.SIGSEGV), vmm.CauseFailed, "crashed with signal 11"},
		{"the sandbox", "", signaled(syscall.SIGSYS), vmm.CauseFailed, "crashed with signal 31"},
		{"gave up", "", exited(1), vmm.CauseFailed, "it said: no room"},
		{"no reason at all", "", exited(0), vmm.CauseFailed, "status 0"},
		{"a reason that makes no sense", "host-qmp-quit", exited(0), vmm.CauseFailed, "status 0"},
	} {
		got := exitOf(c.reason, c.status, "no room")
		if got.Cause != c.want || !strings.Contains(got.Detail, c.detail) {
			t.Errorf("%s: got %+v, want %s with %q", c.name, got, c.want, c.detail)
		}
	}
}
