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
	// Fork is true when Save works and Start obeys Spec.Restore.
	Fork bool
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
	// Size, in bytes, is what a restored disk is grown to before its guest goes on; smaller or 0 leaves it alone.
	Size int64
}

// NIC is the network interface of a machine.
type NIC struct {
	// MAC is the interface's address, six bytes; nil is one that nobody's has. A restored guest keeps the one
	// that it was saved with until its agent sets another.
	MAC net.HardwareAddr
	// Wire is one end of a stream socketpair, on which frames go both ways, each after its length in four bytes, the most significant
	// first. Without it nothing is at the other end.
	Wire *os.File
}

// Frozen is a machine that stands still, in two files.
type Frozen struct {
	// Memory is the guest's, of Spec.MemoryMiB, with holes where nothing is.
	Memory *os.File
	// State is of the processors and devices, in the engine's own format.
	State *os.File
}

// Spec is everything an engine needs to start a machine.
type Spec struct {
	Name      string // for process listings and logs only; [a-z0-9-]
	VCPUs     int
	MemoryMiB int
	Kernel    *os.File // ELF vmlinux
	Initramfs *os.File // uncompressed cpio
	// Restore, when set, is a machine of the same shape, with copies of the same disks, that this one goes
	// on from; it needs no Kernel and no Initramfs then. Its Memory is a memfd that nobody may
	// write to any more: what the guest changes is its own.
	Restore *Frozen
	// KernelArgs are appended to what the engine itself puts on the kernel command line.
	KernelArgs []string
	Disks      []Disk
	// NIC is there in every machine: one that goes on from another must have all devices that this had.
	NIC NIC
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
	// Save writes the machine, which must be paused, into the files of to, open for writing only (State) and for reading and
	// writing (Memory). Of the memory it writes what differs from Spec.Restore.Memory, of which to.Memory must be
	// a copy; without it to.Memory must be empty, of the right size. The disks are the caller's to copy, before the machine goes on.
	Save(ctx context.Context, to Frozen) error
	// GrowDisk grows the disk with that number in Spec.Disks to a size in bytes; one that has it is left alone. The
	// guest hears of it by itself.
	GrowDisk(ctx context.Context, disk int, size int64) error
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
