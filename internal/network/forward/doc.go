// Package forward makes a port of the guest's reachable at an address of the host's: it listens there, connects to the guest
// for each client, and joins the two with half-close both ways.
//
// The guest is asked only when a client comes, so nothing need listen in it when the forward is made; a client that comes
// too early is reset.
package forward
