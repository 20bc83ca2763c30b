// Package vm is what has a name and a row: virtual machines as users know them.
//
// A Fleet holds all of them. A verb has a file, or shares it with its kin: Create, Start and Restart, Stop, Kill, Pause and Resume, Set, Delete, List, Stats;
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
// Whatever changes the host is a list of step.Steps (pipeline.go), most with an Undo, and an Observe that looks whether it did its work. Create is all or
// nothing: when it fails or is cancelled, row and files go away again. Start of a VM
// that exists leaves its row and its disks; the state says what came of it. Stop and kill that fail ask the machine how it is and write that
// down. What cannot be taken back (the end of a machine, a file that is gone, disks that were replaced) has no Undo: the row says what was
// begun, and the next try, or the next daemon, goes on from there.
//
// A first start forks, if it can: it takes a spare, or else goes on from a template (fork.go), and whatever goes wrong with
// that, it boots. Only a restore from memory does not boot instead. What a fork must be told, and what it must have found
// out about itself before it counts as running, is in selftest.go.
//
// Once a guest is configured, it is sent the files of the user's home that the configuration names (homefiles.go). A guest that goes on from
// memory of its own VM, in a resume, a restore or a copy, keeps what it has.
//
// Disks are made by the first start, so a VM that was only created has none, and a
// first start that was cut off is simply done anew. Delete marks the row as ephemeral
// before it removes anything: however it is cut off, the next Reconcile goes on.
//
// # Locks
//
// In this order, and never two of one kind:
//
//  1. the lock of a VM's disks (locks.go): held while they are copied, and by whoever is going to write to them, replace or remove them
//  2. a VM's lock, held for as long as its pipeline runs
//  3. the lock of a VM's workspace, held while files of it pass, and by whoever removes it, to whom the others give way
//  4. the reservation lock (quota.go), held for two transactions: is there room, and it is taken
//  5. the fleet's mutex over the watchers, held for a map operation
//  6. the store's writer, held by the store for one transaction
//
// The first three are of one type, and refuse to be taken out of order.
// Image and kernel are found, and built if need be, before the VM's lock is taken.
// What has a higher urgency cancels the holder of lower: stop ends a start, kill
// and a forced delete end both. Reading takes no lock.
//
// Disks have a lock of their own because to copy those of a stopped VM takes as long as the host's disk needs, and nothing but disks must
// keep still for that. So a snapshot of a stopped VM holds the lock of its disks alone: a second one, a start, a restore and a delete wait for it;
// a forced delete ends it; stop, kill and set, which do not touch disks, neither wait nor end it. A VM that runs is copied by its
// shim, of one moment, while its own lock is held as well: a stop that came in between would have a guest that stands still power off. That copy cannot be
// broken off, so that a kill waits for it; the guest stands still for that time, too.
package vm
