package qemu

import (
	"fmt"
	"syscall"

	"banger/internal/vmm"
)

// exitOf tells why QEMU ended: by the reason of its SHUTDOWN event (RunState's
// ShutdownCause in QEMU's qapi), else by how the process ended.
func exitOf(reason string, status syscall.WaitStatus, lastWords string) vmm.Exit {
	switch reason {
	case "guest-shutdown":
		return vmm.Exit{Cause: vmm.CausePowerOff}
	case "guest-reset":
		return vmm.Exit{Cause: vmm.CauseReset, Detail: "the guest rebooted or its kernel panicked"}
	case "host-signal":
		return vmm.Exit{Cause: vmm.CauseKilled, Detail: "QEMU was told to end by a signal"}
	}
	switch {
	case status.Signaled() && sentByPeople(status.Signal()):
		return vmm.Exit{Cause: vmm.CauseKilled, Detail: fmt.Sprintf("QEMU was ended by signal %d (%s)", status.Signal(), status.Signal())}
	case status.Signaled():
		return vmm.Exit{Cause: vmm.CauseFailed, Detail: fmt.Sprintf("QEMU crashed with signal %d (%s)%s", status.Signal(), status.Signal(), said(lastWords))}
	}
	return vmm.Exit{Cause: vmm.CauseFailed, Detail: fmt.Sprintf("QEMU ended with status %d%s", status.ExitStatus(), said(lastWords))}
}

// sentByPeople tells signals that somebody sends from those of a crash. A system
// call that the sandbox forbids ends in SIGSYS.
func sentByPeople(s syscall.Signal) bool {
	switch s {
	case syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT:
		return true
	}
	return false
}

func said(words string) string {
	if words == "" {
		return ""
	}
	return "; it said: " + words
}
