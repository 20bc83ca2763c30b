// Package peer tells which user is at the other end of a TCP connection that began on this host, as SO_PEERCRED does for Unix
// sockets: a port of the loopback is open to every user of the host, and this is how one can be closed to all but its owner.
//
// The kernel is asked for the socket at the other end by its addresses (sock_diag(7)), or, where it was built without that, /proc/net is
// read. The user is whoever made that socket, as the user namespace of this process names them; one that it has no name for
// is the kernel's overflow id.
//
// A socket that its process has closed already has no user any more, though the kernel then says 0: it is an error, so
// that nobody becomes root by hanging up.
package peer
