package vm

import (
	"context"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"banger/internal/filesync"
	"banger/internal/guestlink"
	"banger/internal/image"
	"banger/internal/kernel"
	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/snapshot"
	"banger/internal/store"
	"banger/internal/vmm/host"
	"banger/internal/workspace"
)

const gib = 1 << 30

// bench is a Fleet on a real store and machines in memory.
type bench struct {
	*Fleet
	t     *testing.T
	world *world

	workspaces string // the folder with a folder for each VM's

	store *store.Store
	free  atomic.Int64 // bytes
	built atomic.Int32 // images

	templates templates
	spares    spares
	snapshots snapshots

	homeFiles filesync.Set
	identity  guestlink.Identity

	damage error       // of every image
	kernel atomic.Bool // there is one
	pulled atomic.Int32
	log    strings.Builder
	asked  atomic.Int32 // see again

	refuse atomic.Pointer[func(model.VMRecord) error] // when set, asked before a row is written
}

// records is the store, whose writes can be made to fail.
type records struct {
	*store.Store
	b *bench
}

func (r records) UpsertVM(ctx context.Context, vm model.VMRecord) error {
	if refuse := r.b.refuse.Load(); refuse != nil {
		if err := (*refuse)(vm); err != nil {
			return err
		}
	}
	return r.Store.UpsertVM(ctx, vm)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, world: newWorld(), store: db, workspaces: t.TempDir()}
	b.free.Store(100 * gib)
	b.kernel.Store(true)
	b.addImage("debian-bookworm")
	b.addHomeFile(".npmrc", "token")
	b.Fleet = b.fleet()
	t.Cleanup(func() {
		b.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// fleet is another Fleet on the same store and world, as another daemon would have it.
func (b *bench) fleet() *Fleet {
	return New(Rooms{
		Records: records{b.store, b}, Images: builder{b}, Kernels: kernels{b}, Templates: &b.templates, Spares: &b.spares, Snapshots: &b.snapshots,
		CheckImage: func(model.Image) error { return b.damage },
		Machine:    b.world.machine, MachineIDs: b.world.ids,
		Workspace:    func(id string) workspace.Dir { return workspace.Dir(filepath.Join(b.workspaces, id)) },
		WorkspaceIDs: func() ([]string, error) { return workspace.IDs(b.workspaces) },
		Capture: func(ctx context.Context, id string) (*snapshot.Template, time.Duration, error) {
			return &snapshot.Template{}, time.Millisecond, b.world.double(id).ask(ctx, "capture")
		},
		HomeFiles:       b.homeFiles.Open,
		Identity:        func(context.Context) *guestlink.Identity { return &b.identity },
		Initramfs:       func(context.Context, kernel.Kernel) (string, error) { return "/initramfs", nil },
		Engine:          func(setting string) (host.Choice, error) { return host.Choose(host.Fake) },
		DiskSpace:       func() (free, total int64, err error) { return b.free.Load(), 200 * gib, nil },
		Changed:         func(context.Context, model.VMRecord) {},
		ChangedSnapshot: func(context.Context, model.Snapshot, bool) {},
		Log:             slog.New(slog.NewTextHandler(&b.log, nil)),
	}, Settings{
		Image: "debian-bookworm", Kernel: "debian-cloud", Engine: "auto",
		System: gib, Disk: gib,
		Subnet: netip.MustParsePrefix("172.16.0.0/24"), MaxVCPU: 4, MaxMemory: 8 * gib, OwnUsers: true,
	})
}

// restart is what a daemon's death and the next one's start come to.
func (b *bench) restart() {
	b.t.Helper()
	b.Close()
	b.Fleet = b.fleet()
	if err := b.Reconcile(b.t.Context(), time.Minute); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) addImage(name string) model.Image {
	b.t.Helper()
	at := now().Truncate(time.Second)
	img := model.Image{
		ID: newID(), Name: name, Managed: true, ArtifactDir: "/images/" + name, RootfsPath: "/images/" + name + "/rootfs.ext4",
		CreatedAt: at, UpdatedAt: at,
	}
	if err := b.store.UpsertImage(b.t.Context(), img); err != nil {
		b.t.Fatal(err)
	}
	return img
}

type builder struct{ b *bench }

func (i builder) Build(ctx context.Context, r image.Request, sink progress.Sink) (model.Image, error) {
	i.b.built.Add(1)
	sink.Phase("build image " + r.Name)
	return i.b.addImage(r.Name), nil
}

type kernels struct{ b *bench }

func (k kernels) Get(name string) (kernel.Kernel, error) {
	if !k.b.kernel.Load() || name != "debian-cloud" {
		return kernel.Kernel{}, problem.New(problem.NotFound, "no kernel is called %q", name)
	}
	return kernel.Kernel{Name: name, Dir: "/kernels/" + name}, nil
}

func (k kernels) Pull(_ context.Context, name string, _ bool, _ progress.Sink) (kernel.Kernel, error) {
	k.b.pulled.Add(1)
	k.b.kernel.Store(true)
	return k.Get(name)
}

// ask is a request that succeeds.
func ask(name string) Request {
	return Request{Name: name, VCPU: 1, Memory: 256 * MiB, Disk: gib, System: gib, Start: true}
}

func (b *bench) create(r Request) VM {
	b.t.Helper()
	started, err := b.Create(b.t.Context(), r, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return started.VM
}

func (b *bench) show(ref string) VM {
	b.t.Helper()
	v, err := b.Show(b.t.Context(), ref)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// mustBeGone checks that nothing is left of any VM.
func (b *bench) mustBeGone() {
	b.t.Helper()
	if vms, err := b.List(b.t.Context()); err != nil || len(vms) != 0 {
		b.t.Errorf("%d VMs are left (%v), want none: %+v", len(vms), err, vms)
	}
	for id, d := range b.world.machines {
		if running, files := d.alive(); running || files {
			b.t.Errorf("machine %s: running %v, files %v, want nothing left", id, running, files)
		}
	}
	if n := len(b.locks.byID) + len(b.disks.byID); n != 0 {
		b.t.Errorf("%d locks are left, want none", n)
	}
}

// eventually waits for something that another goroutine brings about.
func (b *bench) eventually(what string, is func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: not so after 20 s", what)
		}
	}
}

func wantCode(t *testing.T, err error, code problem.Code) {
	t.Helper()
	if err == nil || problem.CodeOf(err) != code {
		t.Errorf("error %v has code %q, want %q", err, problem.CodeOf(err), code)
	}
}
