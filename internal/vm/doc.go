// Package vm is what has a name and a row: virtual machines as users know them.
//
// A Fleet holds all of them. A verb has a file, or shares it with its kin: Create, Start, Stop, Kill, Delete, List;
// Fork (multiply.go), Snapshot and Restore, Warm, Health (selftest.go); and Reconcile, which a daemon calls
// once before it serves.
//
// # States
//
// The table in state.go says which state follows which on what event. A row that
// says starting, running, paused or stopping is a claim that the machine's shim
// decides: settle asks it and writes down what is so. That one function serves
// Reconcile, the goroutine that waits for a machine's end, and a stop that failed.
//
// # Pipelines
//
// Whatever takes more than one step is a list of step.Steps. Create is all or
// nothing: when it fails or is cancelled, row and files go away again. Start of a VM
// that exists leaves its row and its disks; the state says what came of it.
//
// A first start forks, if it can: it takes a spare, or else goes on from a template (fork.go), and whatever goes wrong with
// that, it boots. Only a restore from memory does not boot instead. What a fork must be told, and what it must have found
// out about itself before it counts as running, is in selftest.go.
//
// Disks are made by the first start, so a VM that was only created has none, and a
// first start that was cut off is simply done anew. Delete marks the row as ephemeral
// before it removes anything: however it is cut off, the next Reconcile goes on.
//
// # Locks
//
// In this order, and never two of one kind:
//
//  1. a VM's lock (locks.go), held for as long as its pipeline runs
//  2. the fleet's mutex over the watchers, held for a map operation
//  3. the store's writer, held by the store for one transaction
//
// Image and kernel are found, and built if need be, before the VM's lock is taken.
// What has a higher urgency cancels the holder of lower: stop ends a start, kill
// and a forced delete end both. Reading takes no lock.
package vm
