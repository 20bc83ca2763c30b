package vm

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
)

func TestLocksAreTakenInOrder(t *testing.T) {
	disks, vms := newLocks(ofDisks), newLocks(ofVM)
	for name, c := range map[string]struct {
		first, second *locks
		ok            bool
	}{
		"disks, VM": {disks, vms, true}, "VM, disks": {vms, disks, false}, "two of VMs": {vms, vms, false}, "two of disks": {disks, disks, false},
	} {
		held, release, err := c.first.take(t.Context(), "a", ordinary)
		if err != nil {
			t.Fatal(err)
		}
		_, releaseSecond, err := c.second.take(held, "b", ordinary)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			releaseSecond()
		} else {
			wantCode(t, err, problem.Internal)
		}
		release()
	}
	if len(disks.byID)+len(vms.byID) != 0 {
		t.Error("locks are left")
	}
}

// All verbs at once on one VM, by many: whatever comes of each, none waits for ever, none takes locks out of order, and in the end rows and
// machines say the same.
func TestAllVerbsAtOnce(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var names atomic.Int64
	all := []func() error{
		func() error { _, err := b.Start(ctx, "web", nil); return err },
		func() error { _, err := b.Restart(ctx, "web", 0, nil); return err },
		func() error { _, err := b.Stop(ctx, "web", 0); return err },
		func() error { _, err := b.Kill(ctx, "web", ""); return err },
		func() error { _, err := b.Pause(ctx, "web"); return err },
		func() error { _, err := b.Resume(ctx, "web"); return err },
		func() error { _, err := b.Set(ctx, "web", Change{VCPU: change(1 + rand.IntN(4))}); return err },
		func() error { return second(b.Fork(ctx, "web", 1, nil)) },
		func() error { return second(b.Snapshot(ctx, "web", "s"+string(rune('a'+names.Add(1)%26)), nil)) },
		func() error { return second(b.Restore(ctx, "web", "sb", true, nil)) },
		func() error { return b.DeleteSnapshot(ctx, "sc") },
		func() error { return b.Delete(ctx, "web", false) },
		func() error { return b.Delete(ctx, "web", true) },
		func() error { _, err := b.Create(ctx, ask("web"), nil); return err },
		func() error { _, err := b.List(ctx); return err },
	}
	var work sync.WaitGroup
	for range 8 {
		for _, do := range all {
			work.Go(func() {
				for range 3 {
					if err := do(); err != nil && problem.CodeOf(err) == problem.Internal {
						t.Errorf("an error that nobody has thought of: %v", err)
					}
				}
			})
		}
	}
	work.Wait()
	if ctx.Err() != nil {
		t.Fatal("they waited for each other")
	}
	b.mustAgree()
	if err := unlessGone(b.Delete(ctx, "web", true)); err != nil {
		t.Error(err)
	}
}

// copying makes a stopped VM whose disks are being copied, until called off or told to end.
func copying(t *testing.T) (b *bench, end chan struct{}, ended chan error) {
	t.Helper()
	b = newBench(t)
	b.create(ask("web"))
	b.stop("web")
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	b.snapshots.while = func(ctx context.Context) error {
		close(begun)
		select {
		case <-end:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	go func() { ended <- second(b.Snapshot(t.Context(), "web", "s", nil)) }()
	<-begun
	b.snapshots.while = nil
	return b, end, ended
}

// Whoever does not touch a stopped VM's disks does not wait for a copy of them, and does not end it.
func TestACopyIsInNobodysWay(t *testing.T) {
	b, end, ended := copying(t)
	b.show("web")
	b.stop("web")
	if _, err := b.Kill(t.Context(), "web", ""); err != nil {
		t.Error(err)
	}
	if _, err := b.Set(t.Context(), "web", Change{VCPU: change(2)}); err != nil {
		t.Error(err)
	}
	b.create(ask("other"))
	close(end)
	if err := <-ended; err != nil {
		t.Errorf("the copy: %v", err)
	}
}

// Whoever is going to write to the disks, or to copy them too, waits until the copy is made.
func TestACopyIsWaitedFor(t *testing.T) {
	for name, do := range map[string]func(b *bench) error{
		"start":    func(b *bench) error { _, err := b.Start(b.t.Context(), "web", nil); return err },
		"delete":   func(b *bench) error { return b.Delete(b.t.Context(), "web", false) },
		"snapshot": func(b *bench) error { return second(b.Snapshot(b.t.Context(), "web", "t", nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			b, end, ended := copying(t)
			id := b.show("web").ID
			done := make(chan error, 1)
			go func() { done <- do(b) }()
			b.eventually("it waits", func() bool {
				b.disks.mu.Lock()
				defer b.disks.mu.Unlock()
				return b.disks.byID[id].users == 2
			})
			if v := b.show("web"); v.State != model.StateStopped {
				t.Errorf("it is %s while its disks are copied", v.State)
			}
			close(end)
			for _, c := range []chan error{ended, done} {
				if err := <-c; err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A forced delete calls the copy off, and nothing of that is left.
func TestAForcedDeleteEndsACopy(t *testing.T) {
	b, _, ended := copying(t)
	if err := b.Delete(t.Context(), "web", true); err != nil {
		t.Error(err)
	}
	if err := <-ended; problem.CodeOf(err) != problem.Canceled || errors.Is(err, context.Canceled) {
		t.Errorf("the copy: %v", err)
	}
	b.mustHaveKept()
	b.mustBeGone()
}
