package vm

import (
	"slices"
	"sync/atomic"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/step"
	"banger/internal/workspace"
)

func idle(name string) Request {
	r := ask(name)
	r.Start = false
	return r
}

// unlessGone is err, unless it says that what was to go has gone before.
func unlessGone(err error) error {
	if problem.CodeOf(err) == problem.NotFound {
		return nil
	}
	return err
}

// unlessTaken is err, unless it says that what was to be made is there, as after a death at the very end.
func unlessTaken(err error) error {
	if problem.CodeOf(err) == problem.Taken {
		return nil
	}
	return err
}

func (b *bench) stop(ref string) {
	b.t.Helper()
	if _, err := b.Stop(b.t.Context(), ref, 0); err != nil {
		b.t.Fatal(err)
	}
}

// again reports whether this is not the first time that it is asked.
func (b *bench) again() bool { return b.asked.Add(1) > 1 }

// mustBe checks that all VMs are in a state, and there is one.
func (b *bench) mustBe(state model.State) {
	b.t.Helper()
	b.mustAgree()
	vms, err := b.List(b.t.Context())
	if err != nil || len(vms) == 0 {
		b.t.Fatalf("%d VMs, %v", len(vms), err)
	}
	for _, v := range vms {
		if v.State != state {
			b.t.Errorf("VM %s is %s, want %s", v.Name, v.State, state)
		}
	}
}

// mustAgree checks that rows and machines say the same, that none is on its way somewhere unless it is to go, and that nothing else is left.
func (b *bench) mustAgree() {
	b.t.Helper()
	vms, err := b.List(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	known := map[string]bool{}
	for _, v := range vms {
		known[v.ID] = true
		d := b.world.double(v.ID)
		running, _ := d.alive()
		leaving := v.State == model.StateStopping && v.Spec.Ephemeral
		if !leaving && (running != v.State.Live() || v.State == model.StateStarting || v.State == model.StateStopping) {
			b.t.Errorf("VM %s is %s; its machine runs: %v", v.Name, v.State, running)
		}
		if running && d.paused != (v.State == model.StatePaused) {
			b.t.Errorf("VM %s is %s; its machine stands still: %v", v.Name, v.State, d.paused)
		}
		if staged, _ := d.Staged(); staged {
			b.t.Errorf("VM %s has copies of a snapshot's disks beside its own", v.Name)
		}
	}
	for id, d := range b.world.machines {
		if running, files := d.alive(); (running || files) && !known[id] {
			b.t.Errorf("machine %s is nobody's; it runs: %v", id, running)
		}
	}
	b.mustHaveKept(b.names()...)
	b.mustHaveWorkspaces(vms)
}

// mustHaveWorkspaces checks that there is a record of a workspace for each VM that has one, and of no other.
func (b *bench) mustHaveWorkspaces(vms []VM) {
	b.t.Helper()
	ids, err := workspace.IDs(b.workspaces)
	if err != nil {
		b.t.Error(err)
	}
	var want []string
	for _, v := range vms {
		leaving := v.State == model.StateStopping && v.Spec.Ephemeral
		if v.Runtime.WorkspacePath != "" && (!leaving || slices.Contains(ids, v.ID)) {
			want = append(want, v.ID)
		}
	}
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		b.t.Errorf("there are workspaces of %q, want %q", ids, want)
	}
}

// names are those of the snapshots that have a row.
func (b *bench) names() (names []string) {
	b.t.Helper()
	all, err := b.Snapshots(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, snap := range all {
		names = append(names, snap.Name)
	}
	return names
}

// mustHaveKept checks that there are these snapshots, and no files of others.
func (b *bench) mustHaveKept(want ...string) {
	b.t.Helper()
	all, err := b.Snapshots(b.t.Context())
	if err != nil || !slices.Equal(b.names(), want) {
		b.t.Errorf("snapshots %q, %v, want %q", b.names(), err, want)
	}
	for id := range b.snapshots.files {
		if !slices.ContainsFunc(all, func(s model.Snapshot) bool { return s.ID == id }) {
			b.t.Errorf("the files of snapshot %s have no row", id)
		}
	}
}

// dieAt runs do up to a fault point. There it stands still, as a daemon does that is dead: it undoes nothing and holds on to what it has, until
// bury is called. When do comes to its end before, it has not died.
func (b *bench) dieAt(at int64, do func() error) (died bool, bury func()) {
	b.t.Helper()
	var passed atomic.Int64
	dead, buried, over := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	restore := step.SetFaults(func(string) error {
		if passed.Add(1)-1 != at {
			return nil
		}
		close(dead)
		<-buried
		return errFault
	})
	go func() { over <- do() }()
	select {
	case <-dead:
		return true, func() { close(buried); <-over; restore() }
	case err := <-over:
		restore()
		if err != nil {
			b.t.Error(err)
		}
		return false, nil
	}
}

// sweep is what a daemon does with the files of snapshots and with spares before it serves: see their package.
func (b *bench) sweep() {
	b.t.Helper()
	all, err := b.Snapshots(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for id := range b.snapshots.files {
		if !slices.ContainsFunc(all, func(s model.Snapshot) bool { return s.ID == id }) {
			delete(b.snapshots.files, id)
		}
	}
	for _, s := range b.spares.made {
		if _, err := b.store.VM(b.t.Context(), s.machine.id); err != nil {
			if err := s.Discard(b.t.Context()); err != nil {
				b.t.Error(err)
			}
		}
	}
}
