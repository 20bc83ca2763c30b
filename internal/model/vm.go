package model

import (
	"net/netip"
	"time"
)

// VMRecord is one virtual machine that has a name.
type VMRecord struct {
	ID            string // 32 hexadecimal digits
	Name          string // unique
	ImageID       string
	State         State
	CreatedAt     time.Time
	UpdatedAt     time.Time
	LastTouchedAt time.Time // last use by a person: start, exec, copy
	Spec          Spec
	Runtime       Runtime
	Stats         Stats
}

// Spec is what was asked for. It changes only by a user's word.
type Spec struct {
	VCPU        int   `json:"vcpu"`
	MemoryMiB   int   `json:"memory_mib"`
	DiskBytes   int64 `json:"disk_bytes"`   // nominal size of the work disk, at /root
	SystemBytes int64 `json:"system_bytes"` // nominal size of the system overlay
	// Kernel is the name of the kernel it boots.
	Kernel string `json:"kernel"`
	// Engine is the setting at creation: auto, qemu or emulated.
	Engine string `json:"engine"`
	// Ephemeral machines (run --rm) are deleted as soon as they do not run.
	Ephemeral bool `json:"ephemeral,omitempty"`
	// NoFork machines boot, and share no memory with others.
	NoFork bool `json:"no_fork,omitempty"`
	// IdleStopSeconds is how long it may go unused before it is powered off; 0 means for ever.
	IdleStopSeconds int64 `json:"idle_stop_seconds,omitempty"`
	// Net is what it may reach, in the one line of package policy; empty means internet, as Policy says.
	Net string `json:"net,omitempty"`
	// Expose says that the guest's ports appear on the VM's loopback address, to which its name leads.
	Expose bool `json:"expose,omitempty"`
	// Publish are ports of the host's that lead to the guest, as package publish has them.
	Publish []string `json:"publish,omitempty"`
	// Env is added to the environment of every command.
	Env map[string]string `json:"env,omitempty"`
}

// Policy is what it may reach, in the one line of package policy.
func (s Spec) Policy() string {
	if s.Net == "" {
		return "internet"
	}
	return s.Net
}

// Runtime is what came of it: what is durable and not a wish.
type Runtime struct {
	// GuestIP is the reserved IPv4 address, kept for the VM's whole life.
	GuestIP string `json:"guest_ip"`
	// Engine is the engine of the latest start: "qemu" (KVM), "emulated", "fake".
	Engine string `json:"engine,omitempty"`
	// BootID is the guest kernel's boot id of the latest start.
	BootID string `json:"boot_id,omitempty"`
	// VCPU and what follows is what the machine of the latest start has; a Spec that was changed since is for the next one. They
	// are 0 in rows of an older version.
	VCPU        int   `json:"vcpu,omitempty"`
	MemoryMiB   int   `json:"memory_mib,omitempty"`
	DiskBytes   int64 `json:"disk_bytes,omitempty"`
	SystemBytes int64 `json:"system_bytes,omitempty"`
	// Start says in a few words how the latest start was done: forked, or booted and why.
	Start string `json:"start,omitempty"`
	// KernelSum is one checksum of the files of the kernel that it runs.
	KernelSum string `json:"kernel_sum,omitempty"`
	// SelfTest is what the guest found out about itself after its latest start, a line each: what was looked at, and "ok" or what is wrong.
	SelfTest []string `json:"self_test,omitempty"`
	// StartedAt and StoppedAt are zero when that has not happened.
	StartedAt time.Time `json:"started_at,omitzero"`
	StoppedAt time.Time `json:"stopped_at,omitzero"`
	// WorkspacePath is the top of the working tree on this host that is in the guest at WorkspaceGuestPath. Both are empty without one.
	WorkspacePath      string `json:"workspace_path,omitempty"`
	WorkspaceGuestPath string `json:"workspace_guest_path,omitempty"`
	// WorkspaceCommit is what HEAD in the guest was when it was sent, at WorkspaceAt, and WorkspaceHead what HEAD here was, which is another
	// for a branch that begins elsewhere. Both are empty without commits.
	WorkspaceCommit string `json:"workspace_commit,omitempty"`
	WorkspaceHead   string `json:"workspace_head,omitempty"`
	// WorkspaceBranch is the branch that was made for the guest; empty when it has the repository's.
	WorkspaceBranch string    `json:"workspace_branch,omitempty"`
	WorkspaceAt     time.Time `json:"workspace_at,omitzero"`
	// Reason says in one sentence why the machine stopped or failed.
	Reason string `json:"reason,omitempty"`
}

// Started makes r that of a machine of spec.
func (r *Runtime) Started(spec Spec) {
	r.VCPU, r.MemoryMiB, r.DiskBytes, r.SystemBytes = spec.VCPU, spec.MemoryMiB, spec.DiskBytes, spec.SystemBytes
}

// Running is the spec of the machine of the latest start.
func (r VMRecord) Running() Spec {
	spec, run := r.Spec, r.Runtime
	if run.VCPU > 0 {
		spec.VCPU, spec.MemoryMiB, spec.DiskBytes, spec.SystemBytes = run.VCPU, run.MemoryMiB, run.DiskBytes, run.SystemBytes
	}
	return spec
}

// Loopback is the address of this host's loopback that stands for the VM, as long as it exists; the zero Addr when it has no guest address.
// It is 127.77.A.B for a guest at N.N.A.B. Guests get the lowest free address of 172.16.0.0/24 and the networks after it, or from the
// setting subnet on, so it is one VM's alone among the first 65,536.
func (r VMRecord) Loopback() netip.Addr {
	guest, err := netip.ParseAddr(r.Runtime.GuestIP)
	if err != nil || !guest.Is4() {
		return netip.Addr{}
	}
	octets := guest.As4()
	return netip.AddrFrom4([4]byte{127, 77, octets[2], octets[3]})
}

// Stats are sampled figures; the zero value means none were taken yet.
type Stats struct{}
