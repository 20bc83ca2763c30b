package vm

import (
	"context"
	"errors"
	"testing"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/shim"
)

func TestPauseAndResume(t *testing.T) {
	b := newBench(t)
	v := b.create(ask("web"))
	d := b.world.double(v.ID)
	for range 2 {
		if paused, err := b.Pause(t.Context(), "web"); err != nil || paused.State != model.StatePaused || !d.paused {
			t.Fatalf("Pause = %s, %v", paused.State, err)
		}
	}
	_, err := b.Start(t.Context(), "web", nil)
	wantCode(t, err, problem.Conflict)
	if problem.RemedyOf(err) != "banger vm resume web" {
		t.Errorf("remedy %q", problem.RemedyOf(err))
	}
	b.restart()
	if now := b.show("web"); now.State != model.StatePaused {
		t.Errorf("for the next daemon it is %s", now.State)
	}
	d.configure.Entropy = nil
	for range 2 {
		if resumed, err := b.Resume(t.Context(), "web"); err != nil || resumed.State != model.StateRunning || d.paused {
			t.Fatalf("Resume = %s, %v", resumed.State, err)
		}
	}
	if c := d.configure; len(c.Entropy) == 0 || time.Since(c.Now) > time.Minute || c.Fresh || c.Forked {
		t.Errorf("configured with %+v", c)
	}
	for _, verb := range []func(context.Context, string) (VM, error){b.Pause, b.Resume} {
		if _, err := b.Stop(t.Context(), "web", 0); err != nil {
			t.Fatal(err)
		}
		_, err := verb(t.Context(), "web")
		wantCode(t, err, problem.Conflict)
	}
}

// Whatever fails, row and machine say the same afterwards, which is what they said before.
func TestPauseAndResumeAreUndone(t *testing.T) {
	for _, call := range []string{"pause", "resume", "configure", "write"} {
		t.Run(call, func(t *testing.T) {
			b := newBench(t)
			v := b.create(ask("web"))
			failed := errors.New("it fails")
			fail := func(at string) error {
				if at == call {
					return failed
				}
				return nil
			}
			toState := func(ready func(), do func(context.Context, string) (VM, error), state model.State) {
				ready()
				b.world.setAt(func(_ context.Context, at, _ string) error { return fail(at) })
				refuse := func(r model.VMRecord) error { return fail("write") }
				b.refuse.Store(&refuse)
				_, err := do(t.Context(), "web")
				b.world.setAt(nil)
				b.refuse.Store(nil)
				now := b.show("web")
				d := b.world.double(v.ID)
				if err == nil != (now.State == state) || d.paused != (now.State == model.StatePaused) {
					t.Errorf("it is %s, its machine stands still: %v; error %v", now.State, d.paused, err)
				}
			}
			toState(func() {}, b.Pause, model.StatePaused)
			toState(func() {
				if _, err := b.Pause(t.Context(), "web"); err != nil {
					t.Fatal(err)
				}
			}, b.Resume, model.StateRunning)
		})
	}
}

func TestUseIsWrittenDown(t *testing.T) {
	b := newBench(t)
	v := b.create(ask("web"))
	d := b.world.double(v.ID)
	later := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	d.says <- shim.Status{Used: later}
	d.says <- shim.Status{Used: later.Add(-time.Minute)}
	d.says <- shim.Status{} // when this is taken, the one before has been dealt with
	if got := b.show("web").LastTouchedAt; !got.Equal(later) {
		t.Errorf("last used at %s, want %s", got, later)
	}
}
