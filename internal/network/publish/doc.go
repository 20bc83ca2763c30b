// Package publish makes chosen ports of a guest's reachable at addresses of the host's, as the user says it:
//
//	[ADDR:]HOST:GUEST
//
// Spec is one such wish, which Parse reads. A Set holds what is published of one guest, each with a forward of its own, whose
// address is the host's alone to choose: the guest has no say, and need not listen.
//
// Only TCP is published. ADDR is an address, 127.0.0.1 when it is left out; an IPv6 address stands in brackets. HOST may be 0 or
// empty: then a free port is taken.
package publish
