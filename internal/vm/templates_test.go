package vm

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"banger/internal/guestlink"
	"banger/internal/machine"
	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/snapshot"
)

// templates keeps in mind what is asked of it; there is one template once one has been made.
type templates struct {
	mu    sync.Mutex
	made  []snapshot.Shape
	aside []error
	whole *snapshot.Template
	shape snapshot.Shape // that whole is of; zero: of any
	off   bool
}

func (ts *templates) Find(_ context.Context, shape snapshot.Shape) (*snapshot.Template, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.shape != (snapshot.Shape{}) && shape != ts.shape {
		return nil, nil
	}
	return ts.whole, nil
}

func (ts *templates) Make(_ context.Context, shape snapshot.Shape, _ snapshot.Parts, _ progress.Sink) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.made = append(ts.made, shape)
	ts.whole, ts.shape = &snapshot.Template{Key: "made"}, shape
	return nil
}

func (ts *templates) PutAside(_ context.Context, _ *snapshot.Template, why error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.aside, ts.whole = append(ts.aside, why), nil
}

func (ts *templates) Enabled() bool { return !ts.off }

// wait waits until n templates have been made.
func (ts *templates) wait(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		ts.mu.Lock()
		made := len(ts.made)
		ts.mu.Unlock()
		if made == n {
			return
		}
		if made > n || time.Now().After(deadline) {
			t.Fatalf("%d templates were made, want %d", made, n)
		}
	}
}

// start makes a VM, starts it and tells how.
func (b *bench) start(change func(*Request)) string {
	b.t.Helper()
	r := ask("")
	change(&r)
	started, err := b.Create(b.t.Context(), r, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return started.VM.Runtime.Start
}

func TestTheFirstBootsAndTheNextFork(t *testing.T) {
	b := newBench(t)
	same := func(*Request) {}
	if how := b.start(same); !strings.Contains(how, "no template for 1 vcpu and 256 MiB yet") {
		t.Errorf("the first: %q", how)
	}
	b.templates.wait(t, 1)
	if how := b.start(same); how != forked {
		t.Errorf("the second: %q", how)
	}
	if how := b.start(func(r *Request) { r.NoFork = true }); how != bootedAsked {
		t.Errorf("with --no-fork: %q", how)
	}
	b.templates.wait(t, 1)
}

// A template with disks of the default sizes serves VMs with larger ones, until there is one of just their shape.
func TestDisksOfOtherSizes(t *testing.T) {
	b := newBench(t)
	b.start(func(*Request) {})
	b.templates.wait(t, 1)
	if how := b.start(func(r *Request) { r.Name, r.Disk = "large", 4*gib }); how != forked {
		t.Errorf("with a larger disk: %q", how)
	}
	if c := b.world.double(b.show("large").ID).configure; c.Disks["work"] != 4*gib || c.Disks["system"] != 0 {
		t.Errorf("the guest was told to grow its disks to %v", c.Disks)
	}
	b.templates.wait(t, 2)
	if how := b.start(func(r *Request) { r.Name, r.Disk = "again", 4*gib }); how != forked {
		t.Errorf("again: %q", how)
	}
	if c := b.world.double(b.show("again").ID).configure; len(c.Disks) != 0 {
		t.Errorf("from a template of its own shape the guest was told to grow its disks to %v", c.Disks)
	}
	if how := b.start(func(r *Request) { r.Disk /= 2 }); !strings.HasPrefix(how, "booted: no template") {
		t.Errorf("with a small disk: %q", how)
	}
	b.templates.wait(t, 3)
}

// A VM that has run has disks of its own.
func TestASecondStartBoots(t *testing.T) {
	b := newBench(t)
	b.templates.whole = &snapshot.Template{}
	if how := b.start(func(r *Request) { r.Name = "again" }); how != forked {
		t.Fatalf("the first start: %q", how)
	}
	if _, err := b.Stop(t.Context(), "again", 0); err != nil {
		t.Fatal(err)
	}
	started, err := b.Start(t.Context(), "again", nil)
	if err != nil || started.VM.Runtime.Start != bootedAgain {
		t.Errorf("the second start: %q, %v", started.VM.Runtime.Start, err)
	}
}

// A template that no guest can go on from is put aside, and the VM boots.
func TestAForkThatFailsBoots(t *testing.T) {
	b := newBench(t)
	b.templates.whole = &snapshot.Template{}
	broken := errors.New("QEMU cannot load the saved state")
	b.world.setAt(func(_ context.Context, call, id string) error {
		if call == "start" && b.world.double(id).cloned() {
			return broken
		}
		return nil
	})
	if how := b.start(func(*Request) {}); !strings.HasPrefix(how, "booted: a fork failed") || !strings.Contains(how, broken.Error()) {
		t.Errorf("got %q", how)
	}
	if len(b.templates.aside) != 1 {
		t.Errorf("put aside: %v", b.templates.aside)
	}
	b.templates.wait(t, 1)
}

// spares gives each spare that was put into it once.
type spares struct {
	mu    sync.Mutex
	ready []*spare
	made  []*spare
}

func (s *spares) Take(*snapshot.Template, snapshot.Shape, snapshot.Parts) Spare {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) == 0 {
		return nil
	}
	taken := s.ready[0]
	s.ready = s.ready[1:]
	return taken
}

type spare struct {
	machine             *double
	released, discarded bool
}

func (s *spare) MachineID() string         { return s.machine.id }
func (s *spare) Greeting() guestlink.Hello { return guestlink.Hello{BootID: "the template's"} }
func (s *spare) Release()                  { s.released = true }

func (s *spare) Discard(ctx context.Context) error {
	s.discarded = true
	if s.released { // it is somebody's
		return nil
	}
	_, err := s.machine.Kill(ctx, "")
	return errors.Join(err, s.machine.RemoveFiles())
}

// addSpare makes a machine that runs and is nobody's.
func (b *bench) addSpare() *spare {
	b.t.Helper()
	b.templates.whole = &snapshot.Template{}
	s := &spare{machine: b.world.double(newID())}
	s.machine.CreateDisks(b.t.Context(), 0, 0)
	if _, err := s.machine.Start(b.t.Context(), machine.Launch{}); err != nil {
		b.t.Fatal(err)
	}
	b.spares.ready, b.spares.made = append(b.spares.ready, s), append(b.spares.made, s)
	return s
}

func TestASpareBecomesAVM(t *testing.T) {
	b := newBench(t)
	s := b.addSpare()
	if how := b.start(func(r *Request) { r.Name = "quick" }); how != forkedBefore {
		t.Errorf("it was started so: %q", how)
	}
	vm := b.show("quick")
	if vm.ID != s.machine.id || !s.released || s.discarded || !s.machine.configured {
		t.Errorf("VM %s of spare %s: %+v", vm.ID, s.machine.id, s)
	}
	if c := s.machine.configure; c.BootID == "" || c.BootID != vm.Runtime.BootID || !c.Forked || !c.Fresh || c.MachineID != vm.ID {
		t.Errorf("it was configured with %+v", c)
	}
	if how := b.start(func(*Request) {}); how != forked {
		t.Errorf("without a spare: %q", how)
	}
}

// A spare that cannot be claimed costs a fork, no more.
func TestASpareThatCannotBeClaimed(t *testing.T) {
	b := newBench(t)
	b.addSpare()
	b.world.setAt(func(_ context.Context, call, _ string) error {
		if call == "claim" {
			return errors.New("it is gone")
		}
		return nil
	})
	if how := b.start(func(r *Request) { r.Name = "forked" }); how != forked {
		t.Errorf("it was started so: %q", how)
	}
	if running, _ := b.world.double(b.show("forked").ID).alive(); !running {
		t.Error("it does not run")
	}
}

// A VM that comes to nothing takes the spare along.
func TestASpareOfAFailedCreate(t *testing.T) {
	b := newBench(t)
	s := b.addSpare()
	b.start(func(r *Request) { r.Name, r.NoFork = "taken", true })
	r := ask("other")
	refuse := func(model.VMRecord) error { return errors.New("the disk is full") }
	b.refuse.Store(&refuse)
	if _, err := b.Create(t.Context(), r, nil); err == nil {
		t.Fatal("it was made")
	}
	if running, _ := s.machine.alive(); running || !s.discarded {
		t.Errorf("the spare runs on: %+v", s)
	}
}

// What a guest finds wrong with itself fails its start and is told.
func TestASelfTestThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		test guestlink.SelfTest
		want string
	}{
		"disks":  {guestlink.SelfTest{Now: time.Now(), Random: []byte("a"), Checks: []guestlink.Check{{Name: "disks", Failure: "the work\x1b disk is another"}}}, "disks: the work? disk is another"},
		"clock":  {guestlink.SelfTest{Now: time.Now().Add(-time.Hour), Random: []byte("b")}, "clock: it is off by -1h"},
		"random": {guestlink.SelfTest{Now: time.Now(), Random: []byte("seen before")}, "random numbers: they are those of another fork"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			s := b.addSpare()
			b.templates.whole.Unlike([]byte("seen before"))
			s.machine.selfTest = &c.test
			_, err := b.Create(t.Context(), ask("odd"), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || problem.CodeOf(err) != problem.GuestFailed {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if running, files := s.machine.alive(); running || files {
				t.Error("it is still there")
			}
		})
	}
}

// A clock that was set late, because the host is busy, is set again.
func TestAClockThatWasSetLate(t *testing.T) {
	b := newBench(t)
	s := b.addSpare()
	s.machine.selfTest = &guestlink.SelfTest{Now: time.Now().Add(-3 * time.Second), Random: []byte("a")}
	asked := 0
	b.world.setAt(func(_ context.Context, call, _ string) error {
		if call == "configure" {
			if asked++; asked == 3 {
				s.machine.with(func() { s.machine.selfTest = nil }) // from now on it is right
			}
		}
		return nil
	})
	b.create(ask("late"))
	if c := s.machine.configure; asked != 3 || c.Hostname != "" || time.Since(c.Now) > time.Minute {
		t.Errorf("configured %d times, at last with %+v", asked, c)
	}
}
