package vm

import (
	"context"
	"slices"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
)

func change[T any](v T) *T { return &v }

func TestSet(t *testing.T) {
	b := newBench(t)
	v := b.create(ask("web"))
	d := b.world.double(v.ID)
	set, err := b.Set(t.Context(), "web", Change{Name: change("api"), VCPU: change(2), Memory: change[int64](512 * MiB), Disk: change[int64](2 * gib), IdleStop: change(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"vcpu: 2, now 1", "memory: 512 MiB, now 256 MiB", "work disk: 2048 MiB, now 1024 MiB"}
	if set.Name != "api" || !slices.Equal(set.Pending(), want) {
		t.Errorf("%s, pending %q, want %q", set.Name, set.Pending(), want)
	}
	if d.configure.Hostname != "api" {
		t.Errorf("the guest was told that it is %q", d.configure.Hostname)
	}
	if _, err := b.Restart(t.Context(), "api", 0, nil); err != nil {
		t.Fatal(err)
	}
	if l := d.launch; l.VCPUs != 2 || l.MemoryMiB != 512 || l.IdleStop != time.Minute || d.grown != [2]int64{gib, 2 * gib} {
		t.Errorf("started with %+v, disks grown to %d", l, d.grown)
	}
	if now := b.show("api"); len(now.Pending()) != 0 {
		t.Errorf("after a restart it still waits for %q", now.Pending())
	}
}

func TestSetRefuses(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	b.create(ask("db"))
	before := b.show("web")
	for name, c := range map[string]struct {
		Change
		code problem.Code
	}{
		"no name":         {Change{Name: change("-")}, problem.Invalid},
		"a taken name":    {Change{Name: change("db"), VCPU: change(2)}, problem.Taken},
		"no vCPUs":        {Change{VCPU: change(0)}, problem.Invalid},
		"too many vCPUs":  {Change{VCPU: change(5)}, problem.Invalid},
		"no memory":       {Change{Memory: change[int64](0)}, problem.Invalid},
		"half a MiB":      {Change{Memory: change[int64](512*MiB + 1)}, problem.Invalid},
		"a smaller disk":  {Change{Disk: change[int64](gib / 2)}, problem.Invalid},
		"a huge disk":     {Change{System: change[int64](MaxDisk + MiB)}, problem.Invalid},
		"half a second":   {Change{IdleStop: change(time.Second / 2)}, problem.Invalid},
		"a negative time": {Change{IdleStop: change(-time.Second)}, problem.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.Set(t.Context(), "web", c.Change)
			wantCode(t, err, c.code)
		})
	}
	if after := b.show("web"); !slices.Equal(after.Pending(), before.Pending()) || after.Name != before.Name || after.Spec.VCPU != before.Spec.VCPU {
		t.Errorf("changed to %+v", after)
	}
}

// A guest that does not take its new name leaves the VM with the old one.
func TestRenameIsUndone(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	b.world.setAt(func(_ context.Context, call, _ string) error {
		if call == "configure" {
			return problem.New(problem.GuestFailed, "it hangs")
		}
		return nil
	})
	_, err := b.Set(t.Context(), "web", Change{Name: change("api")})
	wantCode(t, err, problem.GuestFailed)
	b.show("web")
}

// What is kept or copied of a VM that runs is what runs, not what is asked for.
func TestCopiesAreOfWhatRuns(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	if _, err := b.Set(t.Context(), "web", Change{Memory: change[int64](512 * MiB)}); err != nil {
		t.Fatal(err)
	}
	forks, err := b.Fork(t.Context(), "web", 1, nil)
	if err != nil || forks.VMs[0].Spec.MemoryMiB != 256 {
		t.Errorf("forked with %+v, %v", forks.VMs, err)
	}
	snap, err := b.Snapshot(t.Context(), "web", "s", nil)
	if err != nil || snap.Spec.MemoryMiB != 256 {
		t.Errorf("kept with %+v, %v", snap.Spec, err)
	}
}

func TestRestart(t *testing.T) {
	b := newBench(t)
	v := b.create(ask("web"))
	again, err := b.Restart(t.Context(), "web", 0, nil)
	if err != nil || again.VM.State != model.StateRunning || again.VM.Runtime.BootID == v.Runtime.BootID {
		t.Errorf("Restart = %+v, %v", again.VM, err)
	}
	if _, err := b.Stop(t.Context(), "web", 0); err != nil {
		t.Fatal(err)
	}
	if again, err = b.Restart(t.Context(), "web", 0, nil); err != nil || again.VM.State != model.StateRunning {
		t.Errorf("Restart of a stopped VM = %+v, %v", again.VM, err)
	}
	r := ask("gone")
	r.Ephemeral = true
	b.create(r)
	_, err = b.Restart(t.Context(), "gone", 0, nil)
	wantCode(t, err, problem.Conflict)
	if now := b.show("gone"); now.State != model.StateRunning {
		t.Errorf("an ephemeral VM is %s after a restart was refused", now.State)
	}
	b.damage = problem.New(problem.Damaged, "the image is damaged")
	_, err = b.Restart(t.Context(), "web", 0, nil)
	wantCode(t, err, problem.Damaged)
	if now := b.show("web"); now.State != model.StateRunning {
		t.Errorf("a VM that could not be started again is %s", now.State)
	}
}
