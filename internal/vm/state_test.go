package vm

import (
	"strings"
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
	for _, state := range states {
		if !reachable[state] || len(transitions[state]) == 0 {
			t.Errorf("%s cannot be reached or cannot be left", state)
		}
	}
}

// The state machine, written down a second time: the states in the rows, the events in the columns, what follows where they meet. A "-" is
// refused. Whoever changes the table in state.go must change this one as well.
const matrix = `
          start     come-up  pause   stop      end      fail   abandon  never-run
created   starting  -        -       -         -        -      -        -
starting  -         running  -       stopping  stopped  error  stopped  created
running   -         running  paused  stopping  stopped  -      -        -
paused    -         running  paused  stopping  stopped  -      -        -
stopping  -         running  paused  stopping  stopped  -      -        -
stopped   starting  -        -       -         -        -      -        -
error     starting  -        -       -         -        -      -        -
`

func TestEveryPairOfStateAndEvent(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(matrix), "\n")
	events, pairs := strings.Fields(rows[0]), 0
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		if len(cells) != len(events)+1 || !model.State(cells[0]).Valid() {
			t.Fatalf("no row of the matrix: %s", row)
		}
		for i, name := range events {
			pairs++
			vm := model.VMRecord{Name: "web", State: model.State(cells[0])}
			got, err := next(vm, event(strings.ReplaceAll(name, "-", " ")))
			want := model.State(cells[i+1])
			if want == "-" {
				wantCode(t, err, problem.Conflict)
				want = vm.State
			} else if err != nil {
				t.Errorf("%s on %s: %v", cells[0], name, err)
			}
			if got != want {
				t.Errorf("%s on %s leads to %s, want %s", cells[0], name, got, want)
			}
		}
	}
	if want := len(states) * len(allEvents()); pairs != want {
		t.Errorf("the matrix has %d pairs, want %d", pairs, want)
	}
}

var states = []model.State{
	model.StateCreated, model.StateStarting, model.StateRunning, model.StatePaused, model.StateStopping, model.StateStopped, model.StateError,
}

// allEvents are those of the table, each of which leads somewhere from some state.
func allEvents() map[event]bool {
	all := map[event]bool{}
	for _, events := range transitions {
		for e := range events {
			all[e] = true
		}
	}
	return all
}

func TestRefusedTransition(t *testing.T) {
	_, err := next(model.VMRecord{Name: "web", State: model.StateStopped}, eventUp)
	wantCode(t, err, problem.Conflict)
	if problem.RemedyOf(err) == "" {
		t.Error("no remedy")
	}
}
