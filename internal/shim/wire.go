package shim

import (
	"net/netip"
	"time"

	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/process"
	"banger/internal/vmm"
)

// The names of the files in a machine's folder that a shim reads or writes.
const (
	LaunchFile  = "launch.json"
	ConsoleFile = "console.log"
	EngineFile  = "engine.log"
	ProcessFile = "shim.json"
	ExitFile    = "exit.json"
	NetworkFile = "network.log"
	LockFile    = "lock"
)

// The descriptors that a shim is started with.
const (
	ReportFD = 3 // on which it reports its start
	MemoryFD = 4 // what the memory of a restored machine holds at first, a sealed memfd; missing otherwise
)

// The names of the files of a snapshot. Beside them each writable disk has one, named by DiskFile.
const (
	MemoryFile = "memory"
	StateFile  = "state"
)

// DiskFile is the name of the copy of a disk in a snapshot.
func DiskFile(serial string) string { return serial + ".ext4" }

// Launch is what a shim is told to start. Paths are absolute.
type Launch struct {
	Name      string `json:"name"`
	Operation string `json:"operation,omitempty"` // id of what it is started for
	Engine    string `json:"engine"`              // a name of package vmm/host
	VCPUs     int    `json:"vcpus"`
	MemoryMiB int    `json:"memory_mib"`
	Kernel    string `json:"kernel"`
	Initramfs string `json:"initramfs"`
	// State is the saved state that the machine goes on from; without one it boots Kernel and Initramfs.
	State  string `json:"state,omitempty"`
	Disks  []Disk `json:"disks"`
	Socket string `json:"socket"`
	// UID is the user and group that the engine runs as; 0 means the shim's own.
	UID uint32 `json:"uid,omitempty"`
	// Ephemeral machines end when no lease holds them.
	Ephemeral bool `json:"ephemeral,omitempty"`
	// IdleStop is how long the machine may go unused before it is powered off; 0 means for ever.
	IdleStop time.Duration `json:"idle_stop,omitempty"`
	// Unwired leaves nothing at the other end of the guest's wire. A machine that is not has a network from its start, or from when it is claimed.
	Unwired bool     `json:"unwired,omitempty"`
	Network *Network `json:"network,omitempty"`
	// BootTimeout bounds the wait for the guest's agent.
	BootTimeout time.Duration `json:"boot_timeout"`
}

// Disk is one raw disk of a Launch.
type Disk struct {
	Serial   string `json:"serial"`
	Path     string `json:"path"`
	ReadOnly bool   `json:"read_only,omitempty"`
	// Size, in bytes, is what the disk of a restored machine is grown to.
	Size int64 `json:"size,omitempty"`
}

// Report is one line of a shim's account of its start. The last one has either
// Ready or Problem.
type Report struct {
	// Phase is what has just been done, and Millis how long it took.
	Phase  string  `json:"phase,omitempty"`
	Millis float64 `json:"ms,omitempty"`
	// Ready is the agent's greeting.
	Ready   *guestlink.Hello `json:"ready,omitempty"`
	Problem *Problem         `json:"problem,omitempty"`
}

// Op is what a client asks of a shim.
type Op string

// The operations; the package comment says what each does.
const (
	OpStatus   Op = "status"
	OpWatch    Op = "watch"
	OpLease    Op = "lease"
	OpPowerOff Op = "poweroff"
	OpKill     Op = "kill"
	OpGuest    Op = "guest"
	OpSnapshot Op = "snapshot"
	OpClaim    Op = "claim"
	OpUsage    Op = "usage"
	OpPause    Op = "pause"
	OpResume   Op = "resume"
	OpPolicy   Op = "policy"
	OpDial     Op = "dial"
	OpExpose   Op = "expose"
	OpPublish  Op = "publish"
	OpForwards Op = "forwards"

	OpUnpublish Op = "unpublish"
)

// Request is the first message on a connection to a shim.
type Request struct {
	Op Op `json:"op"`
	// Operation is the id of what the request is made for (package operation).
	Operation string `json:"operation,omitempty"`
	// Timeout of a poweroff; when it has passed the machine is killed.
	Timeout time.Duration `json:"timeout,omitempty"`
	// Signal for the engine of a kill: KILL when empty.
	Signal string `json:"signal,omitempty"`
	// Dir is the folder that a snapshot is written into. It is there, empty, and the caller's.
	Dir string `json:"dir,omitempty"`
	// Policy is what a policy sets, in one line.
	Policy string `json:"policy,omitempty"`
	// Publish is what a publish or an unpublish is about, in the words of package publish.
	Publish string `json:"publish,omitempty"`
	// Loopback is the host's address at which the guest's ports are mirrored after an expose; without it they are not.
	Loopback netip.Addr `json:"loopback,omitzero"`
	// Port is the guest's that a dial is for.
	Port uint16 `json:"port,omitempty"`
	// Aside makes a guest request one that does not count as a use of the machine.
	Aside bool `json:"aside,omitempty"`
	// Claim is what an ephemeral machine that nobody has used yet becomes.
	Claim *Claim `json:"claim,omitempty"`
}

// Claim makes a waiting machine somebody's.
type Claim struct {
	Name string `json:"name"`
	// Ephemeral machines go on to end when no lease holds them: a new one, those before do not count. The
	// first must be taken soon.
	Ephemeral bool `json:"ephemeral,omitempty"`
	// IdleStop is that of a Launch.
	IdleStop time.Duration `json:"idle_stop,omitempty"`
	// Network begins with the claim.
	Network *Network `json:"network,omitempty"`
	// Sizes are what disks are grown to, in bytes, by serial.
	Sizes map[string]int64 `json:"sizes,omitempty"`
}

// Reply is a shim's answer.
type Reply struct {
	Problem *Problem `json:"problem,omitempty"`
	Status  *Status  `json:"status,omitempty"`
	Exit    *Exit    `json:"exit,omitempty"`
	// Paused is how long the guest of a snapshot stood still.
	Paused time.Duration `json:"paused,omitempty"`
	Usage  *Usage        `json:"usage,omitempty"`
	// Forwards answers forwards; after a publish or an unpublish it holds what that was about.
	Forwards *Forwards `json:"forwards,omitempty"`
}

// Usage is what a machine's two processes have of the host, in bytes, and its engine has used up.
type Usage struct {
	Own    int64 `json:"own"`    // memory that is nobody else's: what the guest has changed, and the engine's own
	Shared int64 `json:"shared"` // memory mapped from files that others may have mapped: the template's memory, programs
	// CPU is the engine's processor time since it was started, as fine as the kernel's clock ticks.
	CPU time.Duration `json:"cpu,omitempty"`
	// Block is nil when the kernel does not tell.
	Block *BlockIO `json:"block,omitempty"`
}

// BlockIO is what the engine has read from disks and written to them, in bytes. What the host's cache held is not in it.
type BlockIO struct {
	Read    int64 `json:"read"`
	Written int64 `json:"written"`
}

// Status is how a machine is.
type Status struct {
	Shim      process.ID `json:"shim"`
	EnginePID int        `json:"engine_pid"`
	Engine    string     `json:"engine"`
	StartedAt time.Time  `json:"started_at"`
	// Stalled is true while the guest stands still because the host's disk is full.
	Stalled bool `json:"stalled,omitempty"`
	// Paused is true while the guest stands still because somebody wants it to.
	Paused bool `json:"paused,omitempty"`
	// Used is when a guest request that counts last began or ended, or the machine was ready.
	Used time.Time `json:"used,omitzero"`
	// Guest is the agent's greeting; nil while the guest boots.
	Guest *guestlink.Hello `json:"guest,omitempty"`
}

// Exit is how a machine ended.
type Exit struct {
	Cause  vmm.Cause `json:"cause"`
	Detail string    `json:"detail,omitempty"` // one line for people
	// Asked is true when the end was asked for: poweroff, kill, or a lease that ended.
	Asked bool      `json:"asked,omitempty"`
	At    time.Time `json:"at"`
}

// Problem is an error on its way between processes.
type Problem struct {
	Code    problem.Code `json:"code"`
	Message string       `json:"message"`
	Remedy  string       `json:"remedy,omitempty"`
}

// NewProblem makes err fit to be sent.
func NewProblem(err error) *Problem {
	return &Problem{Code: problem.CodeOf(err), Message: err.Error(), Remedy: problem.RemedyOf(err)}
}

// Err is the error that was sent.
func (p *Problem) Err() error {
	err := problem.New(p.Code, "%s", p.Message)
	err.Remedy = p.Remedy
	return err
}
