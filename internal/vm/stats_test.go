package vm

import (
	"context"
	"errors"
	"strings"
	"testing"

	"banger/internal/problem"
)

func TestStatsOfAGuestThatHangs(t *testing.T) {
	b := newBench(t)
	v := b.create(ask("web"))
	s, err := b.Stats(t.Context(), "web")
	if err != nil || s.Name != "web" || s.ID != v.ID || s.Guest == nil || s.Guest.MemTotal != 1<<30 || s.Usage.Own != 1<<20 || s.Disk != 3<<20 {
		t.Errorf("%+v, %v", s, err)
	}
	b.world.setAt(func(ctx context.Context, call, _ string) error {
		if call == "info" {
			<-ctx.Done() // as long as it is waited for
		}
		return ctx.Err()
	})
	if s, err = b.Stats(t.Context(), "web"); err != nil || s.Guest != nil || s.Usage.Own != 1<<20 {
		t.Errorf("with a guest that hangs: %+v, %v", s, err)
	}
}

func TestGuestThatCannotBeAsked(t *testing.T) {
	b := newBench(t)
	b.create(ask("web"))
	old := problem.New(problem.Unavailable, "the VM runs an older agent")
	for err, want := range map[error]problem.Code{errors.New("it hangs"): problem.GuestFailed, old: problem.Unavailable} {
		b.world.setAt(func(_ context.Context, call, _ string) error {
			if call == "ports" {
				return err
			}
			return nil
		})
		_, _, err := b.Ports(t.Context(), "web")
		wantCode(t, err, want)
	}
	b.world.setAt(nil)
	if _, err := b.Pause(t.Context(), "web"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Ports(t.Context(), "web"); problem.CodeOf(err) != problem.Conflict || problem.RemedyOf(err) != "banger vm resume web" {
		t.Errorf("paused: %v; %s", err, problem.RemedyOf(err))
	}
	if _, err := b.Stop(t.Context(), "web", 0); err != nil {
		t.Fatal(err)
	}
	_, _, err := b.Ports(t.Context(), "web")
	wantCode(t, err, problem.Conflict)
	if _, err = b.Health(t.Context(), "web"); err == nil || !strings.Contains(problem.RemedyOf(err), "vm start web") {
		t.Errorf("%v; %s", err, problem.RemedyOf(err))
	}
}
