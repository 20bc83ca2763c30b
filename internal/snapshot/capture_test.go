package snapshot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"banger/internal/machine"
	"banger/internal/problem"
)

// runningMachine is one of a template, which nobody has configured.
func (r *room) runningMachine() *machine.Machine {
	r.t.Helper()
	shape := shapeOf("a")
	r.make(shape)
	s := &Spares{Templates: r.Templates, Machines: r.machines("vms"), User: func() uint32 { return 0 }, Log: r.Log}
	spare, err := s.make(r.t.Context(), r.find(shape), shape, r.parts)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { spare.Discard(context.Background()) })
	return spare.Machine
}

func TestCapture(t *testing.T) {
	r := newRoom(t)
	m := r.runningMachine()
	captures := Captures(filepath.Join(r.dir, "captures"))
	got, paused, err := captures.Capture(t.Context(), m)
	if err != nil || paused <= 0 || got.Snapshot().Memory == nil {
		t.Fatalf("got %+v, %v, %v", got, paused, err)
	}
	if _, err := m.Status(t.Context()); err != nil {
		t.Errorf("the machine that was copied: %v", err)
	}
	if err := got.Remove(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(string(captures)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// Called off, or of a machine that has gone, it leaves nothing.
func TestCaptureThatFails(t *testing.T) {
	r := newRoom(t)
	m := r.runningMachine()
	captures := Captures(filepath.Join(r.dir, "captures"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := captures.Capture(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
	if _, err := m.Kill(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := captures.Capture(t.Context(), m); !errors.Is(err, machine.ErrNotRunning) {
		t.Errorf("of a machine that has gone: %v", err)
	}
	if left, _ := os.ReadDir(string(captures)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestNamedSnapshots(t *testing.T) {
	r := newRoom(t)
	m := r.runningMachine()
	named, id := Named(filepath.Join(r.dir, "snapshots")), newID()
	if err := named.Save(t.Context(), id, m, true); err != nil {
		t.Fatal(err)
	}
	got, err := named.Load(t.Context(), id, true)
	if err != nil {
		t.Fatal(err)
	}
	got.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := named.Load(ctx, id, true); !errors.Is(err, context.Canceled) {
		t.Errorf("a load that is called off: %v", err)
	}
	if err := named.Save(ctx, newID(), m, true); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
	if err := os.Truncate(filepath.Join(string(named), id, "work.ext4"), 5); err != nil {
		t.Fatal(err)
	}
	if _, err := named.Load(t.Context(), id, true); problem.CodeOf(err) != problem.Damaged {
		t.Errorf("damaged: %v", err)
	}
	if err := os.Mkdir(filepath.Join(string(named), ".new-"+newID()), 0o700); err != nil { // of a crash
		t.Fatal(err)
	}
	if err := named.Sweep([]string{id}); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(string(named)); len(left) != 1 || left[0].Name() != id {
		t.Errorf("left: %v", left)
	}
	if err := errors.Join(named.Sweep(nil), named.Remove(id)); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(string(named)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
