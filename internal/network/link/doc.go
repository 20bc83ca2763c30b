// Package link is the wire of one virtual machine, seen from the host: Ethernet frames to and
// from QEMU over one end of a stream socketpair, as a link endpoint of gVisor's network stack.
//
// A frame goes as QEMU's "-netdev stream" sends it: its length in four bytes, the most significant first,
// and then the frame. Checksums are computed and verified; QEMU 7.2 negotiates no offload on such a link.
//
//   - Inbound, Run reads as much as one read gives and hands on frame by frame. A buffer is never as large as
//     a length claims: what QEMU itself could not send ends the link, what does not fit the MTU is passed over.
//   - Outbound, frames wait in a queue bounded in bytes, and one write takes as many as there are. When the guest does
//     not read (it is paused, or hostile) the queue fills, further frames are dropped, and the stack never waits.
//
// MTU is far above Ethernet's 1500: the wire is memory, each frame costs an emulated guest the same
// whatever its size, and the stack at this end terminates every connection, so that no packet of that size goes on.
package link
