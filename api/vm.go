package api

import "time"

// VM is a virtual machine.
type VM struct {
	ID       string   `json:"id" doc:"never changes"`
	Name     string   `json:"name" doc:"what people call it"`
	State    string   `json:"state" enum:"created,starting,running,paused,stopping,stopped,error" doc:"where it stands in its life"`
	Engine   string   `json:"engine" doc:"engine of the latest start: qemu, emulated, fake; empty before the first"`
	Image    string   `json:"image" doc:"name of its image"`
	Kernel   string   `json:"kernel" doc:"name of its kernel"`
	IP       string   `json:"ip" doc:"reserved address of the guest"`
	Net      string   `json:"net" doc:"what it may reach, as --net has it"`
	Expose   bool     `json:"expose,omitempty" doc:"the ports on which its guest listens are mirrored at its loopback address"`
	Loopback string   `json:"loopback,omitempty" doc:"where they are; an address of this host that is the VM's alone"`
	Publish  []string `json:"publish,omitempty" doc:"ports of this host that lead to it, as ADDR:HOST:GUEST"`
	VCPU     int      `json:"vcpu" doc:"number of virtual processors"`
	Memory   int64    `json:"memory_bytes" doc:"size of the memory"`
	Disk     int64    `json:"disk_bytes" doc:"nominal size of the work disk"`
	System   int64    `json:"system_bytes" doc:"nominal size of the system overlay"`
	Rm       bool     `json:"rm" doc:"deleted as soon as it does not run"`
	Reason   string   `json:"reason,omitempty" doc:"why it stopped or failed"`
	BootID   string   `json:"boot_id,omitempty" doc:"of the guest's latest start"`
	Start    string   `json:"start,omitempty" doc:"how the latest start was done: forked, or booted and why"`
	NoFork   bool     `json:"no_fork,omitempty" doc:"it boots, and shares no memory with other VMs"`
	Socket   string   `json:"socket,omitempty" doc:"socket of the shim, while it runs"`
	Own      int64    `json:"own_memory_bytes,omitempty" doc:"with ?usage=true: the host's memory that is this VM's alone"`
	Shared   int64    `json:"shared_memory_bytes,omitempty" doc:"with ?usage=true: that it may share with other forks of its template"`
	IdleStop int64    `json:"idle_stop_ms,omitempty" doc:"it is powered off when nobody has used it for so long; 0 means never"`
	Pending  []string `json:"pending,omitempty" doc:"what it will have from its next start on, a line each"`

	Workspace *Workspace `json:"workspace,omitempty" doc:"the repository that is in it; missing when there is none"`

	Created time.Time `json:"created_at" doc:"when it was made"`
	Started time.Time `json:"started_at,omitzero" doc:"when its latest start began"`
	Stopped time.Time `json:"stopped_at,omitzero" doc:"when it last stopped"`
	Touched time.Time `json:"last_touched_at" doc:"last use: start, exec, copy"`
}

// Health is how a VM is.
type Health struct {
	Agent        string   `json:"agent" doc:"version of the guest's agent; this and what follows is the guest's own word"`
	Kernel       string   `json:"kernel" doc:"release"`
	Uptime       int64    `json:"uptime_ms" doc:"since the guest booted"`
	MemTotal     int64    `json:"memory_total_bytes" doc:"the guest's memory"`
	MemAvailable int64    `json:"memory_available_bytes" doc:"what of it is to be had without swapping"`
	Commands     int      `json:"commands" doc:"that run now"`
	SelfTest     []string `json:"self_test" doc:"of its latest start: what was looked at, and ok or what is wrong"`
}

// VMList is every VM, oldest first.
type VMList struct {
	VMs []VM `json:"vms" doc:"every one"`
}

// CreateVM asks for a VM. The client resolves defaults, so that what it prints is what is
// created; only Name, Image, Kernel and Engine may be empty. The default image and kernel are
// made when they are missing, whether they are named or left empty.
type CreateVM struct {
	Name     string            `json:"name,omitempty" doc:"without one, two words are made up"`
	Image    string            `json:"image,omitempty" doc:"name; empty means the daemon's default"`
	Kernel   string            `json:"kernel,omitempty" doc:"name; empty means the daemon's default"`
	Engine   string            `json:"engine,omitempty" enum:"auto,qemu,emulated,fake" doc:"empty means the daemon's setting"`
	VCPU     int               `json:"vcpu" minimum:"1" doc:"number of virtual processors"`
	Memory   int64             `json:"memory_bytes" minimum:"1" doc:"size of the memory"`
	Disk     int64             `json:"disk_bytes" minimum:"1" doc:"nominal size of the work disk"`
	System   int64             `json:"system_bytes" minimum:"1" doc:"nominal size of the system overlay"`
	Env      map[string]string `json:"env,omitempty" doc:"added to the environment of every command"`
	Rm       bool              `json:"rm,omitempty" doc:"delete it as soon as it does not run"`
	NoFork   bool              `json:"no_fork,omitempty" doc:"boot it, do not fork a template"`
	Net      string            `json:"net,omitempty" doc:"what it may reach: internet, none, host-ports=..., allow=...; empty means internet"`
	Expose   bool              `json:"expose,omitempty" doc:"mirror the ports from 1024 on at which its guest listens at its loopback address"`
	Publish  []string          `json:"publish,omitempty" maxItems:"64" doc:"ports of this host that lead to it, as [ADDR:]HOST:GUEST"`
	Start    bool              `json:"start" doc:"start it too"`
	IdleStop int64             `json:"idle_stop_ms,omitempty" minimum:"0" doc:"power it off when nobody has used it for so long; whole seconds, 0 means never"`

	Workspace *WorkspaceSource `json:"workspace,omitempty" doc:"what goes into it; it takes start"`
}

// Started is a VM with the phases of its start.
type Started struct {
	VM      VM       `json:"vm" doc:"as it is now"`
	Phases  []Phase  `json:"phases" doc:"of the start, in order; they can overlap"`
	Notices []string `json:"notices,omitempty" doc:"what the user should know of the start, such as files of file_sync that are missing"`

	Plan *WorkspacePlan `json:"plan,omitempty" doc:"of what went into it, without its files"`
}

// Phase is a part of an operation and how long it took.
type Phase struct {
	Name   string  `json:"name" doc:"what was done"`
	Millis float64 `json:"ms" doc:"how long it took"`
}

// ForkVM asks for running copies of a running VM.
type ForkVM struct {
	Count int `json:"count" doc:"how many"`
}

// Forks is the copies that were made.
type Forks struct {
	VMs          []VM    `json:"vms" doc:"the copies"`
	PausedMillis float64 `json:"paused_ms" doc:"how long the VM that was copied stood still"`
}

// SetVM changes a VM. What is missing stays as it is.
type SetVM struct {
	Name     *string `json:"name,omitempty" doc:"counts at once"`
	Expose   *bool   `json:"expose,omitempty" doc:"counts at once"`
	Net      *string `json:"net,omitempty" doc:"what it may reach; counts at once, and what it may not reach any more is cut"`
	VCPU     *int    `json:"vcpu,omitempty" minimum:"1" doc:"this and what follows counts from the next start on"`
	Memory   *int64  `json:"memory_bytes,omitempty" minimum:"1" doc:"size of the memory"`
	Disk     *int64  `json:"disk_bytes,omitempty" minimum:"1" doc:"not less than it has"`
	System   *int64  `json:"system_bytes,omitempty" minimum:"1" doc:"not less than it has"`
	IdleStop *int64  `json:"idle_stop_ms,omitempty" minimum:"0" doc:"whole seconds; 0 means never"`
}

// StopVM asks a guest to power off.
type StopVM struct {
	TimeoutMillis int64 `json:"timeout_ms,omitempty" doc:"after this long it is killed; 0 means 10 s"`
}

// KillVM ends a VM without asking its guest.
type KillVM struct {
	Signal string `json:"signal,omitempty" doc:"signal for the engine process; KILL when empty" enum:"KILL,TERM,INT,QUIT,HUP"`
}
