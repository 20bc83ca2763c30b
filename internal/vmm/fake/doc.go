// Package fake is an engine without a guest kernel: the "machine" is a process of
// its own with an agent in it. It starts in milliseconds and runs commands for
// real, on the host's files and as the host's user, so it serves tests of
// everything around a machine: faults, load, lifecycle. It is never chosen for a user's VM.
//
// The process is this program again with Role as first argument, in a process
// namespace of its own: it is process 1 there, and when it ends, everything that
// was started in it ends too, as in a machine. Descriptor 3 is the guest link, 4 the
// console. Disks, kernel, memory and vCPUs of a spec are ignored.
//
// It can be saved, and another can go on from its state: with the same boot id, without its processes.
//
// Like a guest it can do all that a machine's end may look like:
//
//   - the agent's poweroff: a power-off
//   - SIGUSR1, from within by "kill -USR1 1": a panic, with words on the console
//   - SIGTERM, SIGINT, SIGHUP from outside: killed, as QEMU is
//   - SIGSTOP: a machine that hangs; Pause and Resume do this too
package fake
