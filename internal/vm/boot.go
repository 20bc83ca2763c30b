package vm

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"os"
	"time"

	"banger/internal/guestlink"
	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/step"
	"banger/internal/workspace"
)

// Started is a VM with the phases of its start; there are none when it ran already.
type Started struct {
	VM     VM
	Phases []machine.Phase
	Plan   *workspace.Plan // of what went into a new VM; nil without a workspace
	// Notices are what the user should know of the start, a line each.
	Notices []string
}

const (
	disksTimeout     = time.Minute
	configureTimeout = 30 * time.Second // a guest's own hooks may take 10 s
	entropyBytes     = 64
)

// boot is one start of a VM, from a row that says starting to one that says running.
type boot struct {
	fleet    *Fleet
	record   *model.VMRecord
	material material
	machine  Machine
	sink     progress.Sink
	bare     bool // it has no disks that could be the user's
	way
	parcel   *parcel  // what goes into a new VM; nil for nothing
	first    string   // id of the VM that it is a copy of; empty for others
	selfTest []string // for people, a line each
	guest    guestlink.Hello
	phases   []machine.Phase
	notices  []string // for people, a line each
}

func (f *Fleet) newBoot(record *model.VMRecord, m material, w way, sink progress.Sink) *boot {
	return &boot{
		fleet: f, record: record, material: m, way: w, machine: f.rooms.Machine(record.ID), sink: sink, bare: bare(*record),
	}
}

// bare reports whether a VM has no disks that could be the user's. What is stopped has run, also where an older version's row
// does not say when.
func bare(record model.VMRecord) bool {
	return record.Runtime.StartedAt.IsZero() && record.State != model.StateStopped
}

func (b *boot) steps() []step.Step {
	steps := []step.Step{
		{Name: "make its disks", Do: b.disks},
		{Name: "start its machine", Do: b.launch, Undo: b.kill, Observe: b.fleet.runs(b.record.ID)},
		{Name: "configure its guest", Do: b.configure},
		{Name: "copy file_sync into its guest", Do: b.homeFiles},
	}
	if b.parcel != nil {
		steps = append(steps, step.Step{Name: "bring its workspace", Do: b.bring})
	}
	return append(steps, b.fleet.written("write down that it runs", b.record, b.recordRunning))
}

// disks makes them when the VM has never run; from then on they are the user's, and at most grown.
func (b *boot) disks(ctx context.Context) error {
	b.sink.Phase("start " + b.record.Name)
	if b.spare != nil {
		return nil
	}
	if !b.bare {
		return b.machine.GrowDisks(b.record.Spec.SystemBytes, b.record.Spec.DiskBytes)
	}
	return b.makeDisks(ctx)
}

func (b *boot) makeDisks(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, disksTimeout)
	defer cancel()
	defer b.phase("disks", time.Now())
	if b.template != nil {
		return b.machine.CloneDisks(ctx, b.template.Snapshot().Dir)
	}
	return b.machine.CreateDisks(ctx, b.record.Spec.SystemBytes, b.record.Spec.DiskBytes)
}

func (b *boot) launch(ctx context.Context) error {
	if b.spare != nil {
		err := b.claim(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if err := b.giveUpSpare(ctx, err); err != nil {
			return err
		}
	}
	err := b.startMachine(ctx)
	if err == nil || b.template == nil || b.only || ctx.Err() != nil {
		return err
	}
	if err := b.giveUpFork(ctx, err); err != nil {
		return err
	}
	return b.startMachine(ctx)
}

func (b *boot) startMachine(ctx context.Context) error {
	uid, err := b.user()
	if err != nil {
		return err
	}
	network, err := b.fleet.network(*b.record)
	if err != nil {
		return err
	}
	spec := b.record.Spec
	l := machine.Launch{
		Name: b.record.Name, Engine: b.material.engine, UID: uid,
		VCPUs: spec.VCPU, MemoryMiB: spec.MemoryMiB,
		Kernel: b.material.kernel.VMLinux(), Modules: b.material.kernel.ModulesDisk(),
		Initramfs: b.material.initramfs, Rootfs: b.material.image.RootfsPath,
		Ephemeral: spec.Ephemeral, IdleStop: idleStop(spec), Network: network,
	}
	if b.template != nil {
		l.Snapshot, l.System, l.Work = b.template.Snapshot(), spec.SystemBytes, spec.DiskBytes
	}
	started, err := b.machine.Start(ctx, l)
	b.guest = started.Guest
	b.phases = append(b.phases, started.Phases...)
	return err
}

func idleStop(spec model.Spec) time.Duration {
	return time.Duration(spec.IdleStopSeconds) * time.Second
}

func (b *boot) kill(ctx context.Context) error {
	_, err := b.machine.Kill(ctx, "")
	return err
}

func (b *boot) configure(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, configureTimeout)
	defer cancel()
	defer b.phase("configure", time.Now())
	entropy := make([]byte, entropyBytes)
	rand.Read(entropy) // never fails
	ends, err := endsOf(*b.record)
	if err != nil {
		return err
	}
	c := guestlink.Configure{
		Hostname: b.record.Name, Address: ends.Guest4, Now: time.Now(),
		Entropy: entropy, Env: b.record.Spec.Env, MachineID: b.record.ID, Fresh: b.bare,
		Git: b.fleet.rooms.Identity(ctx),
	}
	if b.template != nil {
		b.asFork(&c)
	}
	test, err := b.machine.Configure(ctx, c)
	skew := time.Until(test.Now)
	for try := 1; err == nil && skew.Abs() > maxSkew && try < clockTries; try++ {
		skew, err = b.setClock(ctx)
	}
	if err == nil {
		b.selfTest, err = b.judge(test, skew)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return problem.New(problem.Timeout, "the guest's agent did not take its configuration in %s: %w", configureTimeout, err)
	}
	return err
}

func (b *boot) recordRunning(ctx context.Context) error {
	state, err := next(*b.record, eventUp)
	if err != nil {
		return err
	}
	running := *b.record
	running.State = state
	running.Runtime.Engine = b.material.engine
	running.Runtime.BootID = b.guest.BootID
	running.Runtime.KernelSum = b.material.kernel.Sum()
	running.Runtime.Started(running.Spec)
	if b.parcel != nil {
		holds(&running, b.parcel.sent.Base)
	}
	running.Runtime.Start, running.Runtime.SelfTest = b.how, b.selfTest
	running.Runtime.StartedAt = now()
	running.Runtime.StoppedAt = time.Time{}
	running.Runtime.Reason = ""
	running.LastTouchedAt = running.Runtime.StartedAt
	if err := b.fleet.save(ctx, &running); err != nil {
		return err
	}
	*b.record = running
	return nil
}

func (b *boot) phase(name string, begin time.Time) {
	b.phases = append(b.phases, machine.Phase{Name: name, Millis: float64(time.Since(begin)) / float64(time.Millisecond)})
}

// engineUsers is the first user id for engines. Debian and systemd leave what is
// from here up unused (systemd's UIDS-GIDS).
const engineUsers = 0x70000000

// user is that of this VM's engine: no two VMs share an address, so none share a
// user. 0 is banger's own, which is right only when that is not root.
func (b *boot) user() (uint32, error) {
	if !b.fleet.settings.OwnUsers {
		return 0, nil
	}
	ends, err := endsOf(*b.record)
	if err != nil {
		return 0, err
	}
	four := ends.Guest4.As4()
	return engineUsers + binary.BigEndian.Uint32(four[:])&0xfffff, nil
}
