package snapshot

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"banger/internal/machine"
)

// pool is spares of a room's templates, which Run keeps.
func (r *room) pool(want int) *Spares {
	r.t.Helper()
	s := &Spares{Templates: r.Templates, Machines: r.machines("vms"), Want: want, User: func() uint32 { return 0 }, Log: r.Log}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	r.t.Cleanup(func() { cancel(); <-ended })
	return s
}

func (r *room) take(s *Spares, image string) *Spare {
	r.t.Helper()
	return s.Take(r.find(shapeOf(image)), shapeOf(image), r.parts)
}

func TestASpareIsMadeTakenAndMadeAnew(t *testing.T) {
	r := newRoom(t)
	r.make(shapeOf("a"))
	s := r.pool(1)
	if spare := r.take(s, "a"); spare != nil {
		t.Fatalf("there was a spare before anybody wanted one: %+v", spare)
	}
	eventually(t, "a spare", func() bool { return s.Ready() == 1 })
	spare := r.take(s, "a")
	if spare == nil || !spare.IsSpare() {
		t.Fatalf("took %+v", spare)
	}
	if err := spare.Claim(t.Context(), machine.Claim{Name: "mine"}); err != nil {
		t.Fatal(err)
	}
	if err := spare.Keep(); err != nil {
		t.Fatal(err)
	}
	spare.Release() // whose machine it is now needs no lease
	if _, err := spare.Status(t.Context()); err != nil {
		t.Errorf("a claimed machine: %v", err)
	}
	if err := spare.Discard(t.Context()); err != nil { // it is somebody's
		t.Fatal(err)
	}
	if _, err := spare.Status(t.Context()); err != nil {
		t.Errorf("it was ended though it had been kept: %v", err)
	}
	eventually(t, "another spare", func() bool { return s.Ready() == 1 })
	if _, err := spare.Kill(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
}

// An ephemeral machine whose claimer never takes a lease of its own lives for a while, and one with a lease as long as that.
func TestAClaimedEphemeralMachineWantsANewLease(t *testing.T) {
	r := newRoom(t)
	r.make(shapeOf("a"))
	s := r.pool(1)
	r.take(s, "a")
	eventually(t, "a spare", func() bool { return s.Ready() == 1 })
	spare := r.take(s, "a")
	if err := spare.Claim(t.Context(), machine.Claim{Name: "mine", Ephemeral: true}); err != nil {
		t.Fatal(err)
	}
	spare.Release() // counts no more
	lease, err := spare.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spare.Status(t.Context()); err != nil {
		t.Errorf("with a lease: %v", err)
	}
	lease.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := spare.Watch(ctx, nil); err != nil {
		t.Errorf("without a lease it did not end: %v", err)
	}
}

// The spare is of the template that is used most.
func TestSparesAreOfTheMostUsedTemplate(t *testing.T) {
	r := newRoom(t)
	r.make(shapeOf("a"))
	r.make(shapeOf("b"))
	s := r.pool(1)
	r.take(s, "a")
	eventually(t, "a spare", func() bool { return s.Ready() == 1 })
	r.take(s, "b")
	r.take(s, "b")
	b := r.find(shapeOf("b"))
	eventually(t, "a spare of b", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.ready) == 1 && s.ready[0].from == b
	})
	if ids, err := s.Machines.IDs(); err != nil || len(ids) != 1 {
		t.Errorf("the machines are %q, %v, want one", ids, err)
	}
}

// When the template is gone its spare goes as well, and the one of the next favourite comes.
func TestSparesGoWithTheirTemplate(t *testing.T) {
	r := newRoom(t)
	r.make(shapeOf("a"))
	r.make(shapeOf("b"))
	s := r.pool(1)
	r.take(s, "b")
	r.take(s, "a")
	r.take(s, "a")
	eventually(t, "a spare", func() bool { return s.Ready() == 1 })
	if err := r.Retain(func(s Shape) bool { return s.Image != "a" }); err != nil {
		t.Fatal(err)
	}
	s.Reconsider()
	b := r.find(shapeOf("b"))
	eventually(t, "a spare of the other", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.ready) == 1 && s.ready[0].from == b
	})
	if ids, err := s.Machines.IDs(); err != nil || len(ids) != 1 {
		t.Errorf("the machines are %q, %v, want one", ids, err)
	}
}

// A daemon that was killed leaves spares without a supervisor; the next one removes them, and keeps what a record speaks of.
func TestSweepOfSpares(t *testing.T) {
	r := newRoom(t)
	s := &Spares{Machines: r.machines("vms")}
	for _, id := range []string{"nobodys", "a-vms"} {
		if err := s.Machines.Machine(id).MarkSpare(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(s.Machines.State, "a-users"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context(), func(id string) bool { return id == "a-vms" }); err != nil {
		t.Fatal(err)
	}
	ids, err := s.Machines.IDs()
	if err != nil || len(ids) != 2 || s.Machines.Machine("a-vms").IsSpare() {
		t.Errorf("left: %q, %v", ids, err)
	}
}

func TestOnBattery(t *testing.T) {
	dir := t.TempDir()
	if onBattery(dir) {
		t.Error("a host without a battery lives on it")
	}
	for state, want := range map[string]bool{"Discharging": true, "Charging": false, "Full": false} {
		bat := filepath.Join(dir, "BAT0")
		os.MkdirAll(bat, 0o700)
		os.WriteFile(filepath.Join(bat, "type"), []byte("Battery\n"), 0o600)
		os.WriteFile(filepath.Join(bat, "status"), []byte(state+"\n"), 0o600)
		if got := onBattery(dir); got != want {
			t.Errorf("%s: %v", state, got)
		}
	}
}
