package vmmtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"banger/internal/vmm"
)

// calledOff cancels starts at moments from before the first step to after the last.
func calledOff(t *testing.T, s Subject) {
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			nothingLeft(t)
			ctx, cancel := context.WithCancelCause(context.Background())
			calledOff := errors.New("called off")
			if after == 0 {
				cancel(calledOff)
			} else {
				defer time.AfterFunc(after, func() { cancel(calledOff) }).Stop()
			}
			m, err := s.engine(t).Start(ctx, s.spec(t))
			cancel(calledOff)
			if err != nil {
				if !errors.Is(err, calledOff) {
					t.Errorf("got %v, want the reason of the cancellation", err)
				}
				return
			}
			// It came up in time; then the context does not matter any more.
			if after == 0 {
				t.Error("a start that was called off beforehand succeeded")
			}
			if err := m.Kill(); err != nil {
				t.Error(err)
			}
		})
	}
}

// cannotStart starts what cannot be started.
func cannotStart(t *testing.T, s Subject) {
	for name, spoil := range s.Spoil {
		t.Run(name, func(t *testing.T) {
			nothingLeft(t)
			spec := s.spec(t)
			spoil(t, &spec)
			m, err := s.engine(t).Start(bounded(t), spec)
			if err == nil {
				m.Kill()
				t.Fatal("it started")
			}
			t.Logf("the error: %v", err)
		})
	}
	t.Run("afterwards", func(t *testing.T) { // the descriptors of good parts are still good
		g := s.boot(t, s.spec(t))
		g.powerOff()
		g.ends(vmm.CausePowerOff)
	})
}
