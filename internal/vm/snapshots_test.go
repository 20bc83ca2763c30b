package vm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/snapshot"
	"banger/internal/step"
)

// snapshots keeps in mind which there are.
type snapshots struct {
	mu    sync.Mutex
	files map[string]bool             // by id, whether with memory
	fail  error                       // of Save and Load
	while func(context.Context) error // when set, Save takes as long
}

func (s *snapshots) Save(ctx context.Context, id, _ string, runs bool) error {
	if s.while != nil {
		if err := s.while(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[string]bool{}
	}
	if s.fail == nil {
		s.files[id] = runs
	}
	return s.fail
}

func (s *snapshots) Load(context.Context, string, bool) (*snapshot.Template, error) {
	return &snapshot.Template{}, s.fail
}

func (s *snapshots) Remove(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, id)
	return nil
}

func (s *snapshots) Exists(id string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, is := s.files[id]
	return is, nil
}

func (b *bench) snapshot(ref, name string) model.Snapshot {
	b.t.Helper()
	snap, err := b.Snapshot(b.t.Context(), ref, name, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return snap
}

func (b *bench) restored(ref, name string, force bool) Restored {
	b.t.Helper()
	r, err := b.Restore(b.t.Context(), ref, name, force, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func TestSnapshotAndRestoreOfARunningVM(t *testing.T) {
	b := newBench(t)
	vm := b.create(ask("web"))
	snap := b.snapshot("web", "good")
	if !snap.Memory || snap.VMID != vm.ID || !b.snapshots.files[snap.ID] {
		t.Errorf("snapshot: %+v", snap)
	}
	r := b.restored("web", "good", false)
	if r.VM.ID != vm.ID || r.VM.Runtime.Start != "restored from good" || r.VM.Runtime.GuestIP != vm.Runtime.GuestIP || r.VM.Runtime.BootID == vm.Runtime.BootID {
		t.Errorf("restored: %+v", r.VM.VMRecord)
	}
	if c := b.world.double(vm.ID).configure; !c.Forked || c.Fresh || c.MachineID != vm.ID {
		t.Errorf("it was configured with %+v", c)
	}
	if !strings.HasPrefix(r.Safety, "web-before-") || len(b.snapshots.files) != 2 {
		t.Errorf("safety snapshot %q, %d in all", r.Safety, len(b.snapshots.files))
	}
	if r := b.restored("web", "good", true); r.Safety != "" || len(b.snapshots.files) != 2 {
		t.Errorf("with force: safety snapshot %q, %d in all", r.Safety, len(b.snapshots.files))
	}
}

func TestSnapshotAndRestoreOfAStoppedVM(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	if _, err := b.Stop(t.Context(), "web", 0); err != nil {
		t.Fatal(err)
	}
	if snap := b.snapshot("web", "cold"); snap.Memory {
		t.Errorf("snapshot of a stopped VM: %+v", snap)
	}
	if _, err := b.Start(t.Context(), "web", nil); err != nil {
		t.Fatal(err)
	}
	if r := b.restored("web", "cold", true); r.VM.State != model.StateStopped || !strings.Contains(r.VM.Runtime.Reason, "cold") {
		t.Errorf("restored: %+v", r.VM.VMRecord)
	}
	if running, files := b.world.double(b.show("web").ID).alive(); running || !files {
		t.Errorf("running %v, files %v", running, files)
	}
}

// What goes wrong before the machine is ended leaves it running.
func TestRestoreThatFailsEarlyChangesNothing(t *testing.T) {
	for _, call := range []string{"stage", "load", "safety"} {
		b := newBench(t)
		vm := b.create(ask("web"))
		b.snapshot("web", "good")
		broken := errors.New("broken")
		if call == "stage" {
			b.world.setAt(func(_ context.Context, c, _ string) error {
				if c == call {
					return broken
				}
				return nil
			})
		} else {
			b.snapshots.fail = broken
		}
		if _, err := b.Restore(t.Context(), "web", "good", false, nil); !errors.Is(err, broken) {
			t.Errorf("%s: %v", call, err)
		}
		if now := b.show("web"); now.State != model.StateRunning || now.Runtime.BootID != vm.Runtime.BootID {
			t.Errorf("%s: the VM is %s", call, now.State)
		}
	}
}

// What was there is kept from when it begins to be lost, and not before.
func TestTheSafetySnapshotOfARestoreThatFails(t *testing.T) {
	for point, kept := range map[string]bool{
		"keep what is there": false, "keep what is there: done": false, "copy the snapshot's disks": false, "copy the snapshot's disks: done": false,
		"replace the disks": false, "replace the disks: done": true, "write down what it is now": true,
	} {
		for _, runs := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, runs: %v", point, runs), func(t *testing.T) {
				b := newBench(t)
				b.create(ask("web"))
				b.snapshot("web", "s")
				if !runs {
					b.stop("web")
				}
				restore := step.SetFault(point, func() error { return errFault })
				r, err := b.Restore(t.Context(), "web", "s", false, nil)
				restore()
				want := []string{"s"}
				if kept || runs && point == "replace the disks" { // its memory is gone
					want = append(want, r.Safety)
				}
				if slices.Sort(want); !errors.Is(err, errFault) || !slices.Equal(slices.Sorted(slices.Values(b.names())), want) {
					t.Errorf("got %v; kept are %q, want %q", err, b.names(), want)
				}
			})
		}
	}
}

func TestSnapshotRefuses(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	b.snapshot("web", "good")
	r := ask("new")
	r.Start = false
	b.create(r)
	for name, c := range map[string]struct {
		err  error
		code problem.Code
	}{
		"a name that is taken": {second(b.Snapshot(t.Context(), "web", "good", nil)), problem.Taken},
		"a bad name":           {second(b.Snapshot(t.Context(), "web", "No Good", nil)), problem.Invalid},
		"what has never run":   {second(b.Snapshot(t.Context(), "new", "empty", nil)), problem.Conflict},
		"no such VM":           {second(b.Snapshot(t.Context(), "nobody", "x", nil)), problem.NotFound},
		"no such snapshot":     {second(b.Restore(t.Context(), "web", "bad", false, nil)), problem.NotFound},
		"another VM's":         {second(b.Restore(t.Context(), "new", "good", false, nil)), problem.Conflict},
		"delete none":          {b.DeleteSnapshot(t.Context(), "bad"), problem.NotFound},
	} {
		if problem.CodeOf(c.err) != c.code {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if err := b.DeleteSnapshot(t.Context(), "good"); err != nil || len(b.snapshots.files) != 0 {
		t.Errorf("deleted: %v, %d files left", err, len(b.snapshots.files))
	}
}

func second[T any](_ T, err error) error { return err }
