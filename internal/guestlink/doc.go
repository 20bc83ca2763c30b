// Package guestlink is the protocol between a machine's shim, on the host, and
// the agent in its guest. Both ends are built from it.
//
// # The byte stream
//
// Below is one ordered byte stream: a virtio-serial port named PortName under
// QEMU, a socket pair under the fake engine. What passes over it, in order:
//
//  1. Hello. The host writes one message, the agent answers with one. They agree on
//     a generation of the protocol, so that an agent that was frozen in a snapshot
//     works with a newer host.
//  2. yamux frames. The host is the client and alone opens streams. There is no
//     keep-alive and no write timeout, because a paused guest answers nothing.
//     Between them the host may write "freeze", to which the agent answers "frozen"; then both write nothing
//     until the host writes "thaw". A guest is copied in between, so that no frame of anybody's is
//     cut in two.
//  3. A "reset" by a host that has got a copy of a frozen guest, or has frozen the link itself. The session is over,
//     without an answer, and both ends are at 1 again, on the same byte stream.
//
// # A stream
//
// The host writes one Request, the agent answers with one Response. After that an
// exec stream and a copy carry frames, every other stream ends.
//
// A message is a 4-byte big-endian length and that many bytes of JSON, at most
// MaxMessage. A frame is one byte of type, a 4-byte big-endian length and at most
// MaxFrame bytes of payload:
//
//	to the guest:  stdin, stdin-eof, resize (rows, cols uint16), signal (1 byte)
//	to the host:   stdout, stderr, credit (uint32), exit (JSON of Exit)
//
// Standard input has its own flow control, so that a signal never waits behind input
// that the command does not read, and so that a closed stream is always noticed: the host may send
// StdinWindow bytes, and more as the agent gives credit for what the command took.
//
// A copy is a tar stream, or the files of a workspace (package tree), in frames (BulkWriter, BulkReader), long runs of zeroes given by their number, with a last
// word. From a guest it is the agent's; to a guest the host sends it and the agent answers with a last word of its own, which
// comes early when the copy fails there. Who hears no last word takes nothing of a file that is not whole.
//
// A stream that the host closes before the exit frame means that the client has
// gone: the agent ends the command, unless it is detached.
//
// # The guest is an enemy
//
// Every length is checked before memory is allocated. Of yamux only what the
// protocol needs is let through: a guest that opens streams, pings, or breaks
// framing ends the session. What the host stores per stream is bounded by the
// stream's window. A guest that goes silent blocks only calls whose context is
// then the caller's to end; Session.Close always returns.
package guestlink
