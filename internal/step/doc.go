// Package step runs a list of steps as one: all of them, or none that is left.
//
//	err := step.Run(ctx,
//		step.Step{Name: "reserve the address", Do: reserve, Undo: release, Observe: reserved},
//		step.Step{Name: "make the disks", Do: makeDisks, Undo: removeDisks, Observe: step.Exists(disks...)},
//	)
//
// When a step fails, panics, or finds that the context has ended, the steps so far are
// undone in reverse. The failed one is undone too, since it may have got halfway: Undo
// must be idempotent, and right about nothing done at all. Every Undo runs, whatever
// became of the others, in a context that keeps ctx's values, is not cancelled, and
// has a deadline of its own; Why tells it what went wrong. What goes wrong there is added to the error.
//
// What Undo says is one thing, and what is so another: after each Undo its Observe looks, and what is still there is added to the error
// as well. So every step that has an Undo has an Observe, which a test in test/rules sees to. When all goes well none is asked.
//
// A step without Undo is one that cannot or need not be taken back: whoever comes next goes on from there.
//
// # Fault points
//
// A test can make a step fail: SetFault("make the disks", f) makes f's error the
// step's, before its Do runs; SetFault("make the disks: done", f) after its Do has
// succeeded. Code between steps can ask for faults of its own with Fault. SetFaults has f asked at every point, by name: package
// steptest learns so which there are, and has a pipeline fail, or its process killed, at each of them in turn.
package step
