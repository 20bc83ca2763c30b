package daemon

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"banger/internal/kernel"
	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/snapshot"
	"banger/internal/vm"
)

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
		log.ErrorContext(ctx, "remove what is left of spares", slog.Any("error", err))
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
	defer s.spares.Reconsider()
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
		log.ErrorContext(ctx, "remove what is left of templates", slog.Any("error", err))
	}
	return templates, nil
}
