// Package own marks the ports of this host on which banger itself listens, so that no guest is let to them, whatever VM, and whatever
// user's banger, they belong to.
//
// A mark is an abstract Unix socket (unix(7)) with the listener's address in its name. Like the listener it belongs to a network name space and
// ends with the process that holds it; so there is nothing to clean up, and none outlives a crash. Any user can make a false one, which
// closes a port to guests and opens none.
package own
