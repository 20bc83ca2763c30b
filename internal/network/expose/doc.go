// Package expose mirrors the ports on which a guest listens: each appears under its own number at one loopback address of the
// host's, which is the VM's alone, as long as something listens on it in the guest.
//
// The guest is asked, again and again, on which ports it listens; it is free to lie, which gains it a port of its own address that
// leads to nothing. When it does not answer, because it is paused or busy, nothing changes. A port that it no longer listens on
// takes no more clients; those that are connected go on.
//
// # Ports that the host uses
//
// A server of the host's that listens on all addresses has the port at the VM's address too. Then the port is not exposed, and
// Exposed says so. A server at 127.0.0.1, or another VM's mirror, is no hindrance: that the same number can be used at each
// address is what the addresses are for.
//
// Such servers are started anew all the time, and a mirror that is quick would have their port in the moment between. So a port that the host
// was seen to use is only looked at, by a bind that does not listen, and taken when it was free for many looks in a row.
//
// The other way round nothing can be done: while a port of the guest's is exposed, a server of the host's can listen on it at any single
// address, but not on all at once (EADDRINUSE). Whoever was first has it.
package expose
