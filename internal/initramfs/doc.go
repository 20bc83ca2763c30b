// Package initramfs makes the archive that a guest boots from: the agent and the kernel
// modules that it needs to reach its disks and its host.
//
// Write gives a cpio archive in the "newc" format (the kernel's
// Documentation/driver-api/early-userspace/buffer-format.rst), uncompressed, because
// unpacking costs more than reading under emulation:
//
//	/init                  the agent, PID 1
//	/dev/console           so that the kernel gives the agent standard streams
//	/modules/NN-name.ko    to be loaded in the order of their names
//
// The same agent and modules give the same bytes. A Cache keeps archives in a folder by the hash of what is
// in them, so that machines share one, and host page cache with it.
//
// Agent gives the agent that this build carries: the file agent/banger-agent at the time of building.
package initramfs
