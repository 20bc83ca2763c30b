package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"banger/internal/guestlink"
	"banger/internal/operation"
	"banger/internal/problem"
	"banger/internal/shim"
)

// BootTimeout is how long a guest may take to answer, by default. The longest boot
// of 201 measured under emulation on two busy cores took 5 s; many at once take
// many times that.
const BootTimeout = 120 * time.Second

// Launch says what to start on a machine's disks. Paths are absolute.
type Launch struct {
	Name      string // for listings and logs
	Engine    string // a name of package vmm/host
	VCPUs     int
	MemoryMiB int
	Kernel    string // ELF vmlinux
	Initramfs string
	Rootfs    string // read-only ext4
	Modules   string // read-only ext4
	// UID is the user and group that the engine runs as; 0 means banger's own.
	UID uint32
	// Ephemeral machines end when no lease holds them.
	Ephemeral bool
	// IdleStop is how long it may go unused before it is powered off; 0 means for ever.
	IdleStop time.Duration
	// BootTimeout is BootTimeout when 0.
	BootTimeout time.Duration
	// Snapshot, when set, is what the machine goes on from, instead of booting. Its disks must have been
	// made by CloneDisks of the same; they are grown to System and Work, in bytes.
	Snapshot     *Snapshot
	System, Work int64
	// Network is the guest's. A machine without one gets it when it is claimed, unless it is Unwired: such a one
	// never has any, and is copied as one without.
	Network *shim.Network
	Unwired bool
	// Idle gives the machine processor time that nobody else wants.
	Idle bool
}

// Snapshot is a machine that was saved by Machine.Snapshot.
type Snapshot struct {
	Dir    string
	Memory *os.File // what its memory file holds, as a sealed memfd; the caller's
}

// Phase is a part of a start and how long it took.
type Phase struct {
	Name   string
	Millis float64
}

// Started is a machine whose guest has answered.
type Started struct {
	Phases []Phase
	Guest  guestlink.Hello
}

// Start starts a shim, which starts the engine, and returns when the guest's agent
// has answered. When it fails, or ctx ends first, nothing runs.
func (m *Machine) Start(ctx context.Context, l Launch) (Started, error) {
	if m.alive() {
		return Started{}, problem.New(problem.Conflict, "the machine runs already")
	}
	if err := errors.Join(m.forgetExit(), m.finishReplacing()); err != nil {
		return Started{}, err
	}
	if err := m.writeLaunch(ctx, l); err != nil {
		return Started{}, err
	}
	begin := time.Now()
	cmd, reports, err := m.spawn(l)
	if err != nil {
		return Started{}, err
	}
	defer reports.Close()
	gone := make(chan struct{})
	go func() { // the shim is this process's child for as long as both live
		cmd.Wait()
		close(gone)
	}()
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	started, err := m.follow(reports, begin)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		cmd.Process.Kill()
		<-gone
		return Started{}, err
	}
	return started, nil
}

// forgetExit removes the word on an earlier end, which would else pass for the end of
// a shim that is killed and leaves none.
func (m *Machine) forgetExit() error {
	if err := os.Remove(m.path(shim.ExitFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the word on the machine's last end: %w", err)
	}
	return nil
}

func (m *Machine) writeLaunch(ctx context.Context, l Launch) error {
	if err := os.MkdirAll(m.host.Run, 0o700); err != nil {
		return fmt.Errorf("make the folder of sockets: %w", err)
	}
	launch := shim.Launch{
		Name: l.Name, Operation: operation.ID(ctx), Engine: l.Engine, VCPUs: l.VCPUs, MemoryMiB: l.MemoryMiB,
		Kernel: l.Kernel, Initramfs: l.Initramfs, Socket: m.Socket(),
		UID: l.UID, Ephemeral: l.Ephemeral, IdleStop: l.IdleStop, BootTimeout: orDefault(l.BootTimeout, BootTimeout),
		Network: l.Network, Unwired: l.Unwired,
		Disks: []shim.Disk{
			{Serial: serialRootfs, Path: l.Rootfs, ReadOnly: true},
			{Serial: serialSystem, Path: m.path(systemDisk), Size: l.System},
			{Serial: serialWork, Path: m.path(workDisk), Size: l.Work},
			{Serial: serialModules, Path: l.Modules, ReadOnly: true},
		},
	}
	if l.Snapshot != nil {
		launch.State = filepath.Join(l.Snapshot.Dir, shim.StateFile)
	}
	b, err := json.Marshal(launch)
	if err != nil {
		return err
	}
	// It is read by the shim that is started next and by nobody after a crash, so
	// it need not be synced.
	if err := os.WriteFile(m.path(shim.LaunchFile), b, 0o600); err != nil {
		return fmt.Errorf("write the launch file: %w", err)
	}
	return nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// follow reads the shim's account of its start to its end.
func (m *Machine) follow(reports io.Reader, begin time.Time) (Started, error) {
	var started Started
	dec := json.NewDecoder(reports)
	for {
		var r shim.Report
		if err := dec.Decode(&r); err != nil {
			return Started{}, m.shimDied(err)
		}
		switch {
		case r.Problem != nil:
			return Started{}, r.Problem.Err()
		case r.Ready != nil:
			started.Guest = *r.Ready
			return started, nil
		}
		if len(started.Phases) == 0 {
			supervisor := float64(time.Since(begin))/float64(time.Millisecond) - r.Millis
			started.Phases = append(started.Phases, Phase{Name: "supervisor", Millis: supervisor})
		}
		started.Phases = append(started.Phases, Phase{Name: r.Phase, Millis: r.Millis})
	}
}

func (m *Machine) shimDied(err error) error {
	const lastWords = 2000
	said, _ := os.ReadFile(m.path(shimLog))
	if len(said) > lastWords {
		said = said[len(said)-lastWords:]
	}
	if errors.Is(err, io.EOF) {
		return problem.New(problem.Internal, "the machine's supervisor died while it started; it said: %q", said)
	}
	return problem.New(problem.Internal, "follow the machine's supervisor: %w", err)
}
