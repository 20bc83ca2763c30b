package vmm

import (
	"context"
	"io"
	"net"
	"os"
	"syscall"
)

// Features says what an engine can do, so that callers ask rather than guess.
type Features struct {
	// Emulated engines run without hardware virtualization, an order of magnitude slower.
	Emulated bool
	// Pause is true when Pause and Resume work.
	Pause bool
	// RealGuest is true when the guest has a kernel of its own; fake's has not.
	RealGuest bool
}

// Disk is one raw disk of a machine.
type Disk struct {
	// Serial names the disk to the guest (at most 20 bytes, the limit of virtio-blk).
	Serial string
	// File is open for reading, and for writing too unless ReadOnly.
	File     *os.File
	ReadOnly bool
}

// Spec is everything an engine needs to start a machine.
type Spec struct {
	Name      string // for process listings and logs only; [a-z0-9-]
	VCPUs     int
	MemoryMiB int
	Kernel    *os.File // ELF vmlinux
	Initramfs *os.File // uncompressed cpio
	// KernelArgs are appended to what the engine itself puts on the kernel command line.
	KernelArgs []string
	Disks      []Disk
	// Console receives what the guest writes to its console, Log what the engine
	// process itself prints. Both must not be nil; both are written to from goroutines that end before Done is closed.
	Console io.Writer
	Log     io.Writer
	// Stalled, when set, is called when the engine has stopped the guest because a disk's file
	// could not grow: the host's disk is full. Nothing is lost; Resume lets the guest try again. It must not block.
	Stalled func()
	// Credential, when set, is the user that the engine process runs as.
	Credential *syscall.Credential
}

// Engine starts machines.
type Engine interface {
	// Name is "qemu", "emulated", "fake": what listings show.
	Name() string
	Features() Features
	// Start starts a machine. ctx bounds the start only; the machine outlives it.
	Start(ctx context.Context, spec Spec) (Machine, error)
}

// Machine is a started machine.
type Machine interface {
	// PID is the engine's process.
	PID() int
	// Guest is the host's end of the guest link. The machine owns it and closes it when it ends.
	Guest() net.Conn
	// Pause stops the vCPUs; Resume lets them run on. Both are idempotent.
	Pause(ctx context.Context) error
	Resume(ctx context.Context) error
	// Kill ends the engine with SIGKILL and returns when it is gone.
	Kill() error
	// Done is closed when the engine process is gone.
	Done() <-chan struct{}
	// Exit tells how it ended; it is valid once Done is closed.
	Exit() Exit
}

// Cause is why a machine ended.
type Cause string

// The causes.
const (
	CausePowerOff Cause = "poweroff" // the guest powered off
	CauseReset    Cause = "reset"    // the guest rebooted or panicked; banger's machines end then
	CauseKilled   Cause = "killed"   // Kill, or a signal from outside
	CauseFailed   Cause = "failed"   // the engine failed by itself
)

// Exit is how a machine ended.
type Exit struct {
	Cause Cause
	// Detail is one line for people, such as the engine's last words; may be empty.
	Detail string
}
