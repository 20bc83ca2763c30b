package guestlink

import "fmt"

// Exit is how a command ended.
type Exit struct {
	// Code is its exit status, 0 to 255; meaningless when Signal is set.
	Code int `json:"code"`
	// Signal is the number of the signal that ended it, 0 when none did.
	Signal int `json:"signal,omitempty"`
	// TimedOut is true when the agent ended it at its time limit.
	TimedOut bool `json:"timed_out,omitempty"`
}

// Status is the exit status as a shell shows it: Code, or 128 and Signal.
func (e Exit) Status() int {
	if e.Signal != 0 {
		return 128 + e.Signal
	}
	return e.Code
}

func (e Exit) check() error {
	if e.Code < 0 || e.Code > 255 || e.Signal < 0 || e.Signal > 127 {
		return fmt.Errorf("the guest sent an impossible exit status")
	}
	return nil
}
