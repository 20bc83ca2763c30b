// Package rawio reads and writes non-blocking descriptors without telling Go's scheduler.
//
// An ordinary system call that takes longer than some 20 microseconds, which under emulation
// is every one that copies a few pages, makes the scheduler hand the processor
// to another thread and back. On one virtual CPU that costs more than the call: bulk
// data passed at 23 MB/s instead of 57.
package rawio
