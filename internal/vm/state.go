package vm

import (
	"banger/internal/model"
	"banger/internal/problem"
)

// event is what moves a VM from one state to another.
type event string

const (
	eventStart    event = "start"     // somebody wants it to run
	eventUp       event = "come up"   // its machine runs and its guest is configured
	eventPause    event = "pause"     // its vCPUs were stopped
	eventStop     event = "stop"      // somebody wants it not to run
	eventEnd      event = "end"       // its machine is gone
	eventFail     event = "fail"      // its start failed
	eventAbandon  event = "abandon"   // its start was given up; it has run before
	eventNeverRan event = "never run" // its start was given up; it has never run
)

// transitions is the state machine: the state that follows a state on an event. A
// pair that is missing is refused.
var transitions = map[model.State]map[event]model.State{
	model.StateCreated: {
		eventStart: model.StateStarting,
	},
	model.StateStarting: {
		eventUp:       model.StateRunning,
		eventStop:     model.StateStopping,
		eventEnd:      model.StateStopped,
		eventFail:     model.StateError,
		eventAbandon:  model.StateStopped,
		eventNeverRan: model.StateCreated,
	},
	model.StateRunning: {
		eventUp:    model.StateRunning,
		eventPause: model.StatePaused,
		eventStop:  model.StateStopping,
		eventEnd:   model.StateStopped,
	},
	model.StatePaused: {
		eventUp:    model.StateRunning,
		eventPause: model.StatePaused,
		eventStop:  model.StateStopping,
		eventEnd:   model.StateStopped,
	},
	model.StateStopping: {
		eventUp:    model.StateRunning,
		eventPause: model.StatePaused,
		eventStop:  model.StateStopping,
		eventEnd:   model.StateStopped,
	},
	model.StateStopped: {
		eventStart: model.StateStarting,
	},
	model.StateError: {
		eventStart: model.StateStarting,
	},
}

// next is the state that follows vm's on e, or a problem.
func next(vm model.VMRecord, e event) (model.State, error) {
	state, ok := transitions[vm.State][e]
	if !ok {
		return vm.State, problem.New(problem.Conflict, "VM %q is %s and cannot %s now", vm.Name, vm.State, e).
			WithRemedy("banger vm show %s tells how it is", vm.Name)
	}
	return state, nil
}
