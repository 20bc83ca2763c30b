package daemon

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/image"
	"banger/internal/initramfs"
	"banger/internal/kernel"
	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/snapshot"
	"banger/internal/store"
	"banger/internal/vm"
	"banger/internal/vmm/host"
)

// openRooms puts the house together.
func openRooms(ctx context.Context, o Options, log *slog.Logger) (r rooms, err error) {
	memory, err := hostMemory()
	if err != nil {
		return r, err
	}
	if r.store, err = store.Open(ctx, o.Paths.Database()); err != nil {
		return r, err
	}
	r.kernels = kernel.Open(o.Paths.Kernels(), o.Paths.KernelCache())
	r.images = image.Open(o.Paths.Images(), r.store)
	if err := r.images.Sweep(ctx); err != nil {
		log.Error("remove what is left of builds", slog.Any("error", err))
	}
	if r.templates, err = openTemplates(ctx, o, r, log); err != nil {
		return r, err
	}
	machines := &machine.Host{
		State: o.Paths.VMs(), Run: filepath.Dir(o.Paths.MachineRun("id")),
		Blank: filepath.Join(o.Paths.Cache, "blank"), Shim: o.Shim,
	}
	captures := snapshot.Captures(o.Paths.Captures())
	if err := captures.Sweep(); err != nil {
		log.Error("remove what is left of forks", slog.Any("error", err))
	}
	if r.spares, err = openSpares(ctx, o, r, machines, log); err != nil {
		return r, err
	}
	r.fleet = vm.New(vm.Rooms{
		Records: r.store, Images: r.images, Kernels: r.kernels, Templates: r.templates, Spares: spares{r.spares},
		CheckImage: image.Check,
		Machine:    func(id string) vm.Machine { return machines.Machine(id) },
		MachineIDs: machines.IDs,
		Capture: func(ctx context.Context, id string) (*snapshot.Template, time.Duration, error) {
			return captures.Capture(ctx, machines.Machine(id))
		},
		Initramfs: initramfsFor(o),
		Engine:    host.Choose,
		FreeSpace: func() (int64, error) { return freeSpace(o.Paths.State) },
		Log:       log,
	}, vm.Settings{
		Image: o.Config.DefaultImage, Kernel: o.Config.DefaultKernel, Engine: o.Config.Engine,
		Subnet: o.Config.Subnet, MaxVCPU: runtime.NumCPU(), MaxMemory: memory,
		System: o.Config.VMDefaults.SystemSize, Disk: o.Config.VMDefaults.DiskSize,
		OwnUsers: os.Geteuid() == 0,
	})
	return r, nil
}

// templateUser is the user of engines whose guests become templates; VMs' have those from package vm's first one on.
const templateUser = 0x70100000

// spares are snapshot's as package vm wants them.
type spares struct{ *snapshot.Spares }

func (s spares) Take(t *snapshot.Template, shape snapshot.Shape, parts snapshot.Parts) vm.Spare {
	if spare := s.Spares.Take(t, shape, parts); spare != nil {
		return spare
	}
	return nil // and not an interface that holds nil
}

func openSpares(ctx context.Context, o Options, r rooms, machines *machine.Host, log *slog.Logger) (*snapshot.Spares, error) {
	records, err := r.store.VMs(ctx)
	if err != nil {
		return nil, err
	}
	s := &snapshot.Spares{Templates: r.templates, Machines: machines, Want: o.Config.Spares, User: spareUser, Log: log}
	known := func(id string) bool {
		return slices.ContainsFunc(records, func(vm model.VMRecord) bool { return vm.ID == id })
	}
	if err := s.Sweep(ctx, known); err != nil {
		log.Error("remove what is left of spares", slog.Any("error", err))
	}
	return s, nil
}

// keepSpares keeps spares until the daemon ends; the group is then to be waited for.
func (s *server) keepSpares() *sync.WaitGroup {
	var work sync.WaitGroup
	work.Go(func() { s.spares.Run(s.life) })
	return &work
}

// spareUser is the user of a spare's engine when banger is root: one of sixteen million that no VM's has, since
// a spare does not know yet what address it will have.
func spareUser() uint32 {
	const first, mask = 0x71000000, 0xffffff
	if os.Geteuid() != 0 {
		return 0
	}
	var b [4]byte
	rand.Read(b[:]) // never fails
	return first | binary.BigEndian.Uint32(b[:])&mask
}

// wanted tells of which templates image and kernel are there.
func (r rooms) wanted(ctx context.Context) func(snapshot.Shape) bool {
	images, errImages := r.store.Images(ctx)
	kernels, errKernels := r.kernels.List()
	return func(s snapshot.Shape) bool {
		image := slices.ContainsFunc(images, func(i model.Image) bool { return i.ID == s.Image })
		kernel := slices.ContainsFunc(kernels, func(k kernel.Listed) bool { return k.Sum() == s.Kernel })
		return errImages != nil || errKernels != nil || image && kernel // who cannot be asked misses none
	}
}

// retain removes templates whose image or kernel has gone.
func (s *server) retain(ctx context.Context) error {
	return s.templates.Retain(s.wanted(context.WithoutCancel(ctx)))
}

func openTemplates(ctx context.Context, o Options, r rooms, log *slog.Logger) (*snapshot.Templates, error) {
	host, err := snapshot.Host("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	options := snapshot.Options{
		Dir: o.Paths.Templates(), Budget: o.Config.TemplateBudget, Host: host, Log: log,
		Makers: &machine.Host{
			State: o.Paths.TemplateMakers(), Run: o.Paths.TemplateMakersRun(),
			Blank: filepath.Join(o.Paths.Cache, "blank"), Shim: o.Shim,
		},
	}
	if os.Geteuid() == 0 {
		options.UID = templateUser
	}
	templates := snapshot.New(options)
	if err := templates.Sweep(ctx, r.wanted(ctx)); err != nil {
		log.Error("remove what is left of templates", slog.Any("error", err))
	}
	return templates, nil
}

// initramfsFor makes, or finds, the initramfs of a kernel.
func initramfsFor(o Options) func(context.Context, kernel.Kernel) (string, error) {
	cache, read := initramfs.Cache(o.Paths.InitramfsCache()), initramfs.Agent
	if o.agent != nil {
		read = o.agent
	}
	return func(_ context.Context, k kernel.Kernel) (string, error) {
		agent, err := read()
		if err != nil {
			return "", err
		}
		var modules []initramfs.Module
		for _, path := range k.BootModules() {
			data, err := os.ReadFile(path)
			if err != nil {
				return "", fmt.Errorf("read the modules of kernel %q: %w", k.Name, err)
			}
			modules = append(modules, initramfs.Module{Name: strings.TrimSuffix(filepath.Base(path), ".ko"), Data: data})
		}
		return cache.Path(agent, modules)
	}
}

// freeSpace is what a plain user can still write in a folder, in bytes.
func freeSpace(dir string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, fmt.Errorf("find out how much of the disk is free: %w", err)
	}
	return int64(stat.Bavail) * stat.Bsize, nil
}

// hostMemory is in bytes.
func hostMemory() (int64, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0, fmt.Errorf("find out how much memory the host has: %w", err)
	}
	return int64(info.Totalram) * int64(info.Unit), nil
}
