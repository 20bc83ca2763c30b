package vm

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"banger/internal/guestlink"
	"banger/internal/machine"
	"banger/internal/problem"
	"banger/internal/shim"
	"banger/internal/vmm"
)

// world is a host whose machines are kept in memory, so that each of their calls can
// be made to fail or to wait. It outlives a Fleet, as real machines do.
type world struct {
	mu       sync.Mutex
	machines map[string]*double
	// at is asked before each call; its error is the call's, and it may wait.
	at func(ctx context.Context, call, id string) error
}

type double struct {
	world *world
	id    string

	files, running, configured bool
	paused, staged             bool
	grown                      [2]int64 // bytes, what its disks were last grown to
	disksCloned                bool
	selfTest                   *guestlink.SelfTest // what the guest finds out, if that is special
	boot                       string
	says                       chan shim.Status // what a watcher hears
	over                       chan struct{}    // closed when the machine that runs ends
	exit                       *shim.Exit
	configure                  guestlink.Configure
	launch                     machine.Launch
	policy                     string     // that was set last
	loopback                   netip.Addr // at which it was exposed last
	forwards                   shim.Forwards
	ports                      []guestlink.Port
	copied                     []byte // the stream that it was sent last
}

func newWorld() *world { return &world{machines: map[string]*double{}} }

func (w *world) machine(id string) Machine { return w.double(id) }

func (w *world) double(id string) *double {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.machines[id]
	if d == nil {
		d = &double{world: w, id: id, says: make(chan shim.Status)}
		w.machines[id] = d
	}
	return d
}

func (w *world) ids() ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for id, d := range w.machines {
		if d.files {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// setAt makes f be asked before each call.
func (w *world) setAt(f func(ctx context.Context, call, id string) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = f
}

func (d *double) ask(ctx context.Context, call string) error {
	d.world.mu.Lock()
	at := d.world.at
	d.world.mu.Unlock()
	if at == nil {
		return nil
	}
	return at(ctx, call, d.id)
}

func (d *double) with(f func()) {
	d.world.mu.Lock()
	defer d.world.mu.Unlock()
	f()
}

func (d *double) CreateDisks(ctx context.Context, _, _ int64) error {
	d.with(func() { d.files, d.disksCloned = true, false }) // half made, if it fails
	return d.ask(ctx, "disks")
}

func (d *double) CloneDisks(ctx context.Context, _ string) error {
	d.with(func() { d.files, d.disksCloned = true, true })
	return d.ask(ctx, "clone")
}

func (d *double) cloned() (is bool) {
	d.with(func() { is = d.disksCloned })
	return is
}

func (d *double) Dial(ctx context.Context, _ uint16) (net.Conn, error) {
	return nil, d.ask(ctx, "dial")
}

func (d *double) SetPolicy(ctx context.Context, policy string) error {
	d.with(func() { d.policy = policy })
	return d.ask(ctx, "policy")
}

func (d *double) Expose(ctx context.Context, at netip.Addr) error {
	d.with(func() { d.loopback = at })
	return d.ask(ctx, "expose")
}

func (d *double) Publish(ctx context.Context, spec string) ([]shim.Published, error) {
	return []shim.Published{{Spec: spec, Host: netip.MustParseAddrPort("127.0.0.1:8080"), Port: 80}}, d.ask(ctx, "publish")
}

func (d *double) Unpublish(ctx context.Context, _ string) ([]shim.Published, error) {
	return []shim.Published{{Spec: "127.0.0.1:8080:80"}}, d.ask(ctx, "unpublish")
}

func (d *double) Forwards(ctx context.Context) (shim.Forwards, error) {
	return d.forwards, d.ask(ctx, "forwards")
}

func (d *double) Claim(ctx context.Context, _ machine.Claim) error { return d.ask(ctx, "claim") }

func (d *double) Usage(ctx context.Context) (shim.Usage, error) {
	return shim.Usage{Own: 1 << 20, Shared: 2 << 20}, d.ask(ctx, "usage")
}

func (d *double) Pause(ctx context.Context) error {
	d.with(func() { d.paused = true })
	return d.ask(ctx, "pause")
}

func (d *double) Resume(ctx context.Context) error {
	d.with(func() { d.paused = false })
	return d.ask(ctx, "resume")
}

func (d *double) GrowDisks(system, work int64) error {
	d.with(func() { d.grown = [2]int64{system, work} })
	return d.ask(context.Background(), "grow")
}

func (d *double) DiskUsage() (int64, error) {
	return 3 << 20, d.ask(context.Background(), "disk usage")
}

func (d *double) StageDisks(ctx context.Context, _ string) error {
	d.with(func() { d.staged = true }) // half made, if it fails
	return d.ask(ctx, "stage")
}

func (d *double) ReplaceDisks() error {
	d.with(func() { d.staged = false })
	return d.ask(context.Background(), "replace")
}

func (d *double) DropStaged() error {
	d.with(func() { d.staged = false })
	return d.ask(context.Background(), "drop")
}

func (d *double) Staged() (is bool, err error) {
	d.with(func() { is = d.staged })
	return is, nil
}

func (d *double) Exists() (is bool, err error) {
	d.with(func() { is = d.files || d.running })
	return is, nil
}

func (d *double) Keep() error { return d.ask(context.Background(), "keep") }

func (d *double) SyncDisks() error { return d.ask(context.Background(), "sync") }

func (d *double) RemoveFiles() (err error) {
	if err := d.ask(context.Background(), "remove"); err != nil {
		return err
	}
	d.with(func() {
		if d.running {
			err = problem.New(problem.Conflict, "the machine's supervisor still lives")
			return
		}
		d.files, d.exit = false, nil
	})
	return err
}

func (d *double) Start(ctx context.Context, l machine.Launch) (s machine.Started, err error) {
	if err := d.ask(ctx, "start"); err != nil {
		return s, err
	}
	d.with(func() {
		if d.running || !d.files {
			err = problem.New(problem.Conflict, "it runs already, or has no disks")
			return
		}
		d.running, d.paused, d.configured, d.launch, d.exit = true, false, false, l, nil
		d.boot, d.over = newID(), make(chan struct{})
		s = machine.Started{Phases: []machine.Phase{{Name: "boot", Millis: 1}}, Guest: guestlink.Hello{BootID: d.boot}}
	})
	return s, err
}

func (d *double) Configure(ctx context.Context, c guestlink.Configure) (guestlink.SelfTest, error) {
	if err := d.ask(ctx, "configure"); err != nil {
		return guestlink.SelfTest{}, err
	}
	test := guestlink.SelfTest{Now: time.Now(), Random: []byte(newID())}
	d.with(func() {
		d.configured, d.configure = true, c
		if d.selfTest != nil {
			test = *d.selfTest
		}
	})
	return test, nil
}

// Stream is that of a guest that takes any workspace.
func (d *double) Stream(ctx context.Context) (net.Conn, error) {
	if err := d.ask(ctx, "stream"); err != nil {
		return nil, err
	}
	host, guest := net.Pipe()
	go func() {
		defer guest.Close()
		var req guestlink.Request
		if guestlink.ReadMessage(guest, &req) == nil && guestlink.WriteMessage(guest, guestlink.Response{}) == nil {
			io.Copy(io.Discard, guestlink.NewBulkReader(guest))
			guestlink.NewBulkWriter(guest).End(guestlink.CopyEnd{})
		}
	}()
	return host, nil
}

func (d *double) Call(ctx context.Context, req guestlink.Request) (guestlink.Response, error) {
	return guestlink.Response{Info: &guestlink.Info{Version: "1", MemTotal: 1 << 30}, Ports: d.ports}, d.ask(ctx, string(req.Op))
}

func (d *double) CopyTo(ctx context.Context, _ guestlink.CopyTo, write func(io.Writer) error) error {
	if err := d.ask(ctx, "copy"); err != nil {
		return err
	}
	var stream bytes.Buffer
	err := write(&stream)
	d.with(func() { d.copied = stream.Bytes() })
	return err
}

func (d *double) Status(ctx context.Context) (s shim.Status, err error) {
	if err := d.ask(ctx, "status"); err != nil {
		return s, err
	}
	d.with(func() {
		s.Paused = d.paused
		if !d.running {
			err = machine.ErrNotRunning
		}
	})
	return s, err
}

func (d *double) PowerOff(ctx context.Context, _ time.Duration) (shim.Exit, error) {
	if err := d.ask(ctx, "poweroff"); err != nil {
		return shim.Exit{}, err
	}
	d.end(shim.Exit{Cause: vmm.CausePowerOff, Asked: true, At: time.Now()})
	return d.LastExit(), nil
}

func (d *double) Kill(ctx context.Context, _ string) (shim.Exit, error) {
	if err := d.ask(ctx, "kill"); err != nil {
		return shim.Exit{}, err
	}
	d.end(shim.Exit{Cause: vmm.CauseKilled, Asked: true, At: time.Now()})
	return d.LastExit(), nil
}

// end is how a machine ends, of itself too.
func (d *double) end(exit shim.Exit) {
	d.with(func() {
		if d.running {
			d.running, d.exit = false, &exit
			close(d.over)
		}
	})
}

func (d *double) Watch(ctx context.Context, seen func(shim.Status)) (shim.Exit, error) {
	var over chan struct{}
	d.with(func() { over = d.over })
	for {
		select {
		case s := <-d.says:
			seen(s)
		case <-over:
			return d.LastExit(), nil
		case <-ctx.Done():
			return shim.Exit{}, ctx.Err()
		}
	}
}

func (d *double) LastExit() (exit shim.Exit) {
	d.with(func() {
		if d.exit != nil {
			exit = *d.exit
			return
		}
		exit = shim.Exit{Cause: vmm.CauseFailed, Detail: "its supervisor was killed, or the host went down", At: time.Now()}
	})
	return exit
}

func (d *double) Socket() string { return "/run/" + d.id + ".sock" }

// alive reports whether the machine runs and whether it has files.
func (d *double) alive() (running, files bool) {
	d.with(func() { running, files = d.running, d.files })
	return running, files
}
