package model

import "slices"

// State is where a virtual machine stands in its life. Which state may follow
// which is a table in package vm; the store only refuses unknown ones.
type State string

// The states that a record can be in.
const (
	StateCreated  State = "created"  // has a row and an address, never started
	StateStarting State = "starting" // a start is under way, or was when the daemon died
	StateRunning  State = "running"  // its shim answers and its guest is configured
	StatePaused   State = "paused"   // its vCPUs stand still
	StateStopping State = "stopping" // a stop is under way, or was when the daemon died
	StateStopped  State = "stopped"  // no process; its disks are kept
	StateError    State = "error"    // a start failed, or its disks are damaged; Runtime.Reason says why
)

var states = []State{
	StateCreated, StateStarting, StateRunning, StatePaused, StateStopping, StateStopped, StateError,
}

// States lists the known states.
func States() []State { return slices.Clone(states) }

// Valid reports whether s is one of the known states.
func (s State) Valid() bool { return slices.Contains(states, s) }

// Live reports whether a machine in this state has, or may have, processes on the host.
func (s State) Live() bool {
	return s == StateStarting || s == StateRunning || s == StatePaused || s == StateStopping
}
