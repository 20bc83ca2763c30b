// Package step runs a list of steps as one: all of them, or none that is left.
//
//	err := step.Run(ctx,
//		step.Step{Name: "reserve the address", Do: reserve, Undo: release},
//		step.Step{Name: "make the disks", Do: makeDisks, Undo: removeDisks},
//	)
//
// When a step fails, panics, or finds that the context has ended, the steps so far are
// undone in reverse. The failed one is undone too, since it may have got halfway: Undo
// must be idempotent, and right about nothing done at all. Every Undo runs, whatever
// became of the others, in a context that keeps ctx's values, is not cancelled, and
// has a deadline of its own. What goes wrong there is added to the error.
//
// # Fault points
//
// A test can make a step fail: SetFault("make the disks", f) makes f's error the
// step's, before its Do runs; SetFault("make the disks: done", f) after its Do has
// succeeded. Code between steps can ask for faults of its own with Fault.
package step
