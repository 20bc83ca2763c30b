package vm

import (
	"sync"
	"sync/atomic"
	"testing"

	"banger/internal/problem"
)

func TestQuotaOfVMs(t *testing.T) {
	b := newBench(t)
	b.settings.Quota.VMs = 2
	b.create(ask("a"))
	b.create(ask("b"))
	_, err := b.Create(t.Context(), ask("c"), nil)
	wantCode(t, err, problem.Exhausted)
	if err := b.Delete(t.Context(), "a", true); err != nil {
		t.Fatal(err)
	}
	b.create(ask("c"))
}

func TestQuotaOfMemory(t *testing.T) {
	b := newBench(t)
	b.settings.Quota.Memory = 512 * MiB
	b.create(ask("a"))
	idle := ask("b")
	idle.Start = false
	b.create(idle)
	b.create(ask("c"))
	_, err := b.Start(t.Context(), "b", nil)
	wantCode(t, err, problem.Exhausted)
	if _, err := b.Fork(t.Context(), "a", 1, nil); problem.CodeOf(err) != problem.Exhausted {
		t.Errorf("a fork beyond the quota: %v", err)
	}
	if _, err := b.Stop(t.Context(), "c", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Start(t.Context(), "b", nil); err != nil {
		t.Error(err)
	}
	if _, err := b.Restart(t.Context(), "b", 0, nil); err != nil {
		t.Errorf("a VM's own memory counts against it: %v", err)
	}
}

func TestQuotaOfDisk(t *testing.T) {
	b := newBench(t)
	b.settings.Quota.Disk = 150 * gib
	b.free.Store(49 * gib) // of 200
	_, err := b.Create(t.Context(), ask("a"), nil)
	wantCode(t, err, problem.Exhausted)
	b.free.Store(51 * gib)
	b.create(ask("a"))
}

// Many at once get no more than there is.
func TestQuotaHoldsForManyAtOnce(t *testing.T) {
	b := newBench(t)
	b.settings.Quota.Memory = 1024 * MiB
	var made, refused atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := b.Create(t.Context(), ask(""), nil)
			switch {
			case err == nil:
				made.Add(1)
			case problem.CodeOf(err) == problem.Exhausted:
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 4 || refused.Load() != 16 {
		t.Errorf("%d made and %d refused, want 4 and 16", made.Load(), refused.Load())
	}
}
