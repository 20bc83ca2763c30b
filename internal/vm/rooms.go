package vm

import (
	"context"
	"io"
	"net"
	"net/netip"
	"time"

	"banger/internal/guestlink"
	"banger/internal/image"
	"banger/internal/kernel"
	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/progress"
	"banger/internal/shim"
	"banger/internal/snapshot"
	"banger/internal/store"
)

// Records is where VMs and images are kept; package store has the contract.
type Records interface {
	CreateVM(ctx context.Context, vm model.VMRecord, subnet netip.Prefix) (model.VMRecord, error)
	UpsertVM(ctx context.Context, vm model.VMRecord) error
	VM(ctx context.Context, id string) (model.VMRecord, error)
	VMByName(ctx context.Context, name string) (model.VMRecord, error)
	VMs(ctx context.Context) ([]model.VMRecord, error)
	TouchVM(ctx context.Context, id string, at time.Time) error
	VMLoad(ctx context.Context, but string) (store.Load, error)
	DeleteVM(ctx context.Context, id string) error
	Image(ctx context.Context, id string) (model.Image, error)
	ImageByName(ctx context.Context, name string) (model.Image, error)
	Images(ctx context.Context) ([]model.Image, error)
	CreateSnapshot(ctx context.Context, s model.Snapshot) error
	SnapshotByName(ctx context.Context, name string) (model.Snapshot, error)
	Snapshots(ctx context.Context) ([]model.Snapshot, error)
	DeleteSnapshot(ctx context.Context, id string) error
}

// Images makes images. Two builds of one name at once are one build.
type Images interface {
	Build(ctx context.Context, req image.Request, sink progress.Sink) (model.Image, error)
}

// Kernels finds and fetches kernels. Two pulls of one name at once are one pull.
type Kernels interface {
	Get(name string) (kernel.Kernel, error)
	Pull(ctx context.Context, name string, force bool, sink progress.Sink) (kernel.Kernel, error)
}

// Templates are guests to fork from; package snapshot has the contract.
type Templates interface {
	Find(ctx context.Context, shape snapshot.Shape) (*snapshot.Template, error)
	Make(ctx context.Context, shape snapshot.Shape, parts snapshot.Parts, sink progress.Sink) error
	PutAside(ctx context.Context, t *snapshot.Template, why error)
	Enabled() bool
}

// Snapshots are the files of snapshots that have a name; package snapshot has the contract.
type Snapshots interface {
	// Save writes down the machine of a VM.
	Save(ctx context.Context, id, vm string, runs bool) error
	Load(ctx context.Context, id string, memory bool) (*snapshot.Template, error)
	Remove(id string) error
	Exists(id string) (bool, error)
}

// Spares are forks that wait; package snapshot has the contract.
type Spares interface {
	Take(t *snapshot.Template, shape snapshot.Shape, parts snapshot.Parts) Spare
}

// Spare is one of them, nobody's until it is released to whoever has claimed its machine, which has the same ID.
type Spare interface {
	MachineID() string
	Greeting() guestlink.Hello
	Release()
	Discard(ctx context.Context) error
}

// Machine is one machine; package machine has the contract.
type Machine interface {
	StageDisks(ctx context.Context, snapshot string) error
	ReplaceDisks() error
	DropStaged() error
	Staged() (bool, error)
	CreateDisks(ctx context.Context, system, work int64) error
	CloneDisks(ctx context.Context, snapshot string) error
	SyncDisks() error
	GrowDisks(system, work int64) error
	Claim(ctx context.Context, c machine.Claim) error
	Keep() error
	RemoveFiles() error
	Exists() (bool, error)
	Start(ctx context.Context, l machine.Launch) (machine.Started, error)
	Configure(ctx context.Context, c guestlink.Configure) (guestlink.SelfTest, error)
	Call(ctx context.Context, req guestlink.Request) (guestlink.Response, error)
	Stream(ctx context.Context) (net.Conn, error)
	Dial(ctx context.Context, port uint16) (net.Conn, error)
	SetPolicy(ctx context.Context, policy string) error
	Expose(ctx context.Context, loopback netip.Addr) error
	Publish(ctx context.Context, spec string) ([]shim.Published, error)
	Unpublish(ctx context.Context, which string) ([]shim.Published, error)
	Forwards(ctx context.Context) (shim.Forwards, error)
	CopyTo(ctx context.Context, c guestlink.CopyTo, write func(io.Writer) error) error
	Status(ctx context.Context) (shim.Status, error)
	Usage(ctx context.Context) (shim.Usage, error)
	Pause(ctx context.Context) error
	Resume(ctx context.Context) error
	DiskUsage() (int64, error)
	PowerOff(ctx context.Context, timeout time.Duration) (shim.Exit, error)
	Kill(ctx context.Context, signal string) (shim.Exit, error)
	Watch(ctx context.Context, seen func(shim.Status)) (shim.Exit, error)
	LastExit() shim.Exit
	Socket() string
}
