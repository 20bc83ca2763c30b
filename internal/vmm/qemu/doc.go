// Package qemu runs machines in QEMU: on KVM (engine "qemu"), or without it
// (engine "emulated", QEMU's TCG), which works everywhere and is about ten times slower.
//
// # The machine
//
// QEMU's microvm: virtio devices on the memory bus, found by the guest through ACPI;
// no PCI, no BIOS worth the name, no default devices. Of disks the guest sees the
// serial number, of the guest link a virtio-serial port called LinkPort, of the
// console a serial line, and of the network one interface, whatever is at the other end of its wire.
//
// # Descriptors
//
// QEMU opens no path of banger's. The monitor, the console, the guest link and the
// network's wire are ends of socket pairs; kernel and initramfs are read through /proc/self/fd; disks
// are descriptor sets. So it can run as a user that may enter none of banger's
// folders, and does when Spec.Credential is set. It has no environment, and its
// seccomp filter forbids new processes, other users and old system calls.
//
// Files of kernel and initramfs that the engine's user may not read (opening
// /proc/self/fd/N checks the file's mode anew) are copied into memory first, which costs
// the copy and, for as long as the machine runs, the memory. Files that are readable to all
// cost nothing, since nobody can walk to them.
//
// # Memory
//
// A restored guest's memory is a private mapping of the file that it was saved in, so what none of its forks
// writes to exists once. Save writes the devices with a command that leaves memory out (xen-save-devices-state), and of
// QEMU's mapping the pages that the guest has made its own, to the same place in another file. QEMU must stand
// still meanwhile. Restoring is -incoming: the state is loaded, disks are grown, and the guest goes on.
//
// # QEMU is an enemy
//
// A guest may have taken QEMU over. What it says on the monitor and prints is
// bounded, every command to it has a deadline, and a QEMU whose monitor closes
// without the process ending is killed.
//
// # Time without KVM
//
// Linux measures the rate of its time stamp counter against an emulated timer, which
// fails on a busy host, and then stands still: a third of all boots. So the emulated guest is told the
// rate on its command line. The emulated counter runs at the host's rate.
package qemu
