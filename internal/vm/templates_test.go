package vm

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"banger/internal/progress"
	"banger/internal/snapshot"
)

// templates keeps in mind what is asked of it; there is one template once one has been made.
type templates struct {
	mu    sync.Mutex
	made  []snapshot.Shape
	aside []error
	whole *snapshot.Template
}

func (ts *templates) Find(context.Context, snapshot.Shape) (*snapshot.Template, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.whole, nil
}

func (ts *templates) Make(_ context.Context, shape snapshot.Shape, _ snapshot.Parts, _ progress.Sink) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.made = append(ts.made, shape)
	ts.whole = &snapshot.Template{Key: "made"}
	return nil
}

func (ts *templates) PutAside(_ *snapshot.Template, why error) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.aside, ts.whole = append(ts.aside, why), nil
	return nil
}

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
	if how := b.start(func(r *Request) { r.Disk /= 2 }); how != bootedSmall {
		t.Errorf("with a small disk: %q", how)
	}
	b.templates.wait(t, 1)
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
