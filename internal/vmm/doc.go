// Package vmm is the interface to a virtual machine monitor, here called an engine.
//
// An engine gets everything as open descriptors: kernel, initramfs, disks, its end of
// the guest link and of the network's wire. It opens no path of banger's, so it can run as a
// user that may read none of them. Engines are started by a shim and by nobody else.
//
// What an implementation owes its caller:
//
//   - Start returns once the engine process runs and its control channel answers;
//     it does not wait for the guest. When it fails, nothing is left: no process, no
//     descriptor.
//   - The engine dies with the process that started it, however that dies, and with
//     the thread: Start may be called from any goroutine, the engine arranges for a
//     thread that lives as long as it is needed.
//   - Descriptors in a Spec stay the caller's; the engine makes its own copies.
//   - After Done is closed, no process is left, Exit tells why, and the guest link is closed.
//   - Kill is idempotent, and safe at any time.
//
// The conformance suite vmmtest holds every engine to this.
package vmm
