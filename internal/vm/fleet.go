package vm

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"banger/internal/filesync"
	"banger/internal/guestlink"
	"banger/internal/kernel"
	"banger/internal/model"
	"banger/internal/snapshot"
	"banger/internal/vmm/host"
	"banger/internal/workspace"
)

// Rooms is what a Fleet works with. All of it must be set.
type Rooms struct {
	Records Records
	Images  Images
	Kernels Kernels
	// Templates is where guests to fork from are kept.
	Templates Templates
	// Snapshots is where the files of snapshots are.
	Snapshots Snapshots
	// Spares gives forks that wait.
	Spares Spares
	// Workspace gives the folder for what was sent to a VM, by its id.
	Workspace func(id string) workspace.Dir
	// WorkspaceIDs gives the ids of which there is such a folder.
	WorkspaceIDs func() ([]string, error)
	// CheckImage looks quickly whether an image's files are as they should be.
	CheckImage func(model.Image) error
	// Machine gives the machine of an id, MachineIDs those that have a folder.
	Machine    func(id string) Machine
	MachineIDs func() ([]string, error)
	// Capture writes down the running machine of an id, which goes on, and tells how long it stood still.
	Capture func(ctx context.Context, id string) (*snapshot.Template, time.Duration, error)
	// Initramfs gives the path of the initramfs for a kernel, made if need be.
	Initramfs func(ctx context.Context, k kernel.Kernel) (string, error)
	// Engine tells which engine a setting means on this host.
	Engine func(setting string) (host.Choice, error)
	// HomeFiles opens what of the user's home every guest gets; nobody waits for it longer than ctx lasts.
	HomeFiles func(ctx context.Context) (*filesync.Files, error)
	// Identity is the user's for git, empty where there is none. It is soon there.
	Identity func(ctx context.Context) *guestlink.Identity
	// DiskSpace is how many bytes are free where disks lie, and of how many.
	DiskSpace func() (free, total int64, err error)
	// Changed hears of each VM that has changed: as it is now, and with an empty state when it is gone. Changed snapshots have
	// their own. Neither may block.
	Changed         func(context.Context, model.VMRecord)
	ChangedSnapshot func(ctx context.Context, s model.Snapshot, created bool)
	Log             *slog.Logger
}

// Settings is what a Fleet was told by the configuration and the host.
type Settings struct {
	Image, Kernel, Engine string // defaults: two names and a setting
	Subnet                netip.Prefix
	MaxVCPU               int
	MaxMemory             int64 // bytes
	System, Disk          int64 // bytes, default sizes of disks: templates with such serve larger ones, too
	Quota                 Quota
	// OwnUsers gives each engine a user of its own, which takes root.
	OwnUsers bool
	// AnyUser lets all users of this host connect to what leads to a guest.
	AnyUser bool
}

// Fleet is all the VMs of one daemon.
type Fleet struct {
	rooms    Rooms
	settings Settings
	locks    *locks // of VMs
	disks    *locks // of their disks
	benches  *locks // of their workspaces
	ends     ends

	life     context.Context // ends with Close
	end      context.CancelFunc
	watchers sync.WaitGroup
	mu       sync.Mutex
	watched  map[string]context.CancelFunc // by VM id
	stalled  map[string]bool               // by id, the VMs that stand still because the disk is full
	used     map[string]time.Time          // by id, when VMs that are watched were last used

	reserving sync.Mutex // held while it is looked whether there is room, and that is taken
}

// New makes a Fleet. Nothing is asked or changed until Reconcile.
func New(rooms Rooms, settings Settings) *Fleet {
	life, end := context.WithCancel(context.Background())
	return &Fleet{
		rooms: rooms, settings: settings, locks: newLocks(ofVM), disks: newLocks(ofDisks), benches: newLocks(ofWorkspace),
		life: life, end: end, watched: make(map[string]context.CancelFunc), stalled: make(map[string]bool), used: make(map[string]time.Time),
	}
}

// Close stops watching and waits for what the watchers do; machines run on.
// Nothing else may be under way.
func (f *Fleet) Close() {
	f.end()
	f.watchers.Wait()
}

// cleanupTime bounds what is done after the one who asked has gone.
const cleanupTime = time.Minute

// unhurried is a context for what must be done even when ctx has ended.
func unhurried(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
}

// now is in whole seconds, as the store keeps times.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }
