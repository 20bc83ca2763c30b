package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"banger/internal/filesync"
	"banger/internal/guestlink"
	"banger/internal/image"
	"banger/internal/initramfs"
	"banger/internal/kernel"
	"banger/internal/machine"
	"banger/internal/paths"
	"banger/internal/snapshot"
	"banger/internal/store"
	"banger/internal/vm"
	"banger/internal/vmm/host"
	"banger/internal/workspace"
)

// openRooms puts the house together.
func openRooms(ctx context.Context, o Options, log *slog.Logger, f *feed) (r rooms, err error) {
	memory, err := hostMemory()
	if err != nil {
		return r, err
	}
	_, total, err := diskSpace(o.Paths.State)
	if err != nil {
		return r, err
	}
	if r.store, err = store.Open(ctx, o.Paths.Database()); err != nil {
		return r, err
	}
	r.kernels = toldKernels{kernel.Open(o.Paths.Kernels(), o.Paths.KernelCache()), f}
	r.images = toldImages{image.Open(o.Paths.Images(), r.store), f}
	if err := r.images.Sweep(ctx); err != nil {
		log.ErrorContext(ctx, "remove what is left of builds", slog.Any("error", err))
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
		log.ErrorContext(ctx, "remove what is left of forks", slog.Any("error", err))
	}
	if r.spares, err = openSpares(ctx, o, r, machines, log); err != nil {
		return r, err
	}
	snapshots, err := openNamed(ctx, o, r, machines)
	if err != nil {
		return r, err
	}
	r.fleet = vm.New(vm.Rooms{
		Records: r.store, Images: r.images, Kernels: r.kernels, Templates: r.templates, Spares: spares{r.spares}, Snapshots: snapshots,
		CheckImage:   image.Check,
		Machine:      func(id string) vm.Machine { return machines.Machine(id) },
		MachineIDs:   machines.IDs,
		Workspace:    func(id string) workspace.Dir { return workspace.Dir(filepath.Join(o.Paths.Workspaces(), id)) },
		WorkspaceIDs: func() ([]string, error) { return workspace.IDs(o.Paths.Workspaces()) },
		Capture: func(ctx context.Context, id string) (*snapshot.Template, time.Duration, error) {
			return captures.Capture(ctx, machines.Machine(id))
		},
		Initramfs: initramfsFor(o),
		HomeFiles: filesync.Set{Home: paths.Home(os.Getenv, os.Getuid()), Entries: o.Config.FileSync}.Open,
		Identity: func(ctx context.Context) *guestlink.Identity {
			name, email := workspace.Identity(ctx)
			return &guestlink.Identity{Name: name, Email: email}
		},
		Engine:  host.Choose,
		Changed: f.vm, ChangedSnapshot: f.snapshot,
		DiskSpace: func() (free, total int64, err error) { return diskSpace(o.Paths.State) },
		Log:       log,
	}, vm.Settings{
		Image: o.Config.DefaultImage, Kernel: o.Config.DefaultKernel, Engine: o.Config.Engine,
		Subnet: o.Config.Subnet, MaxVCPU: runtime.NumCPU(), MaxMemory: memory,
		System: o.Config.VMDefaults.SystemSize, Disk: o.Config.VMDefaults.DiskSize,
		Quota: vm.Quota{
			VMs: o.Config.Quota.VMs, Memory: o.Config.Quota.Memory.Of(memory), Disk: o.Config.Quota.Disk.Of(total),
		},
		OwnUsers: os.Geteuid() == 0,
		AnyUser:  !o.Config.CheckPeer,
	})
	return r, nil
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

// diskSpace is what a plain user can still write in a folder, and can write if nothing else is there, in bytes.
func diskSpace(dir string) (free, total int64, err error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, 0, fmt.Errorf("find out how much of the disk is free: %w", err)
	}
	kept := stat.Bfree - stat.Bavail // for root
	return int64(stat.Bavail) * stat.Bsize, int64(stat.Blocks-kept) * stat.Bsize, nil
}

// hostMemory is in bytes.
func hostMemory() (int64, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0, fmt.Errorf("find out how much memory the host has: %w", err)
	}
	return int64(info.Totalram) * int64(info.Unit), nil
}
