package vm

import (
	"testing"

	"banger/internal/model"
	"banger/internal/problem"
)

func TestTransitions(t *testing.T) {
	reachable := map[model.State]bool{model.StateCreated: true}
	for state, events := range transitions {
		for e, to := range events {
			if !state.Valid() || !to.Valid() {
				t.Errorf("%s on %s leads to %s: an unknown state", state, e, to)
			}
			reachable[to] = true
		}
		if _, ends := events[eventEnd]; ends != state.Live() {
			t.Errorf("%s: its machine can end: %v, want that for live states alone", state, ends)
		}
		if _, stops := events[eventStop]; stops != state.Live() {
			t.Errorf("%s: it can be stopped: %v, want that for live states alone", state, stops)
		}
		if _, starts := events[eventStart]; starts == state.Live() {
			t.Errorf("%s: it can be started: %v, want that for states that are not live", state, starts)
		}
	}
	for _, state := range []model.State{
		model.StateCreated, model.StateStarting, model.StateRunning, model.StatePaused,
		model.StateStopping, model.StateStopped, model.StateError,
	} {
		if !reachable[state] || len(transitions[state]) == 0 {
			t.Errorf("%s cannot be reached or cannot be left", state)
		}
	}
}

func TestRefusedTransition(t *testing.T) {
	_, err := next(model.VMRecord{Name: "web", State: model.StateStopped}, eventUp)
	wantCode(t, err, problem.Conflict)
	if problem.RemedyOf(err) == "" {
		t.Error("no remedy")
	}
}
