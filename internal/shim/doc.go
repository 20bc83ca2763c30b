// Package shim is how the rest of banger talks to a shim, the process that
// supervises one machine. The process itself is package shim/server.
//
// A shim is started with the path of a launch file. It starts the engine as its
// child, owns the machine's console log, its guest link and its network, and outlives the
// daemon; when it dies, the engine dies with it. It reports its start as JSON
// lines (Report) on descriptor 3, which whoever started it reads.
//
// From then on it listens on a Unix socket, to its own uid and root only. Each
// connection carries one Request, a message as in package guestlink, and is
// answered by one Reply. What follows depends on the Op:
//
//	status     nothing
//	watch      a Reply with a Status when the guest stalls, stands still, goes on or is used, for uses not more often than
//	           each second; when the machine ends, a last one with its Exit
//	lease      nothing; the machine lives until the last lease is closed (run --rm)
//	poweroff   the Reply comes when the machine has ended, with its Exit
//	kill       likewise
//	snapshot   nothing; memory, state and disks have been written into a folder
//	claim      nothing; the machine has got a name, a network, larger disks, and another rule for its leases
//	usage      nothing
//	pause      nothing; the guest stands still until resume, a poweroff included
//	resume     nothing; the guest runs, with the clock of before
//	policy     nothing; another policy holds for the guest's network, and what it does not allow has been cut
//	publish    nothing; a port of the host's leads to the guest, and the Reply has its address
//	unpublish  nothing; the Reply has what does so no more
//	expose     nothing; the guest's ports are mirrored at an address of the host's, or not any more
//	forwards   nothing; the Reply has what leads to the guest
//	dial       the bytes of one TCP connection to a port of the guest's
//	guest      the bytes of one stream to the guest's agent, both ways: the client
//	           goes on as in package guestlink, with a guestlink.Request
//
// A machine that has not been used for its Launch's IdleStop, by guest requests that count or commands that run on by
// themselves, is powered off. One that stands still is not.
//
// A client may send what follows a guest Request without waiting for the Reply.
//
// Files of a machine's folder that the shim writes: console.log (what the guest's
// console said), engine.log (what the engine said), network.log (what the guest reached, see package network), shim.json (which
// process it is) and exit.json (how the machine ended).
package shim
