// Package resolver is the DNS server that one VM has for itself: the only one it can reach.
//
// Bytes of a query go in and bytes of an answer come out (Answer); where they come from is
// the network stack's business. What the guest may ask, and what it may be told, is the policy's (package policy):
//
//   - A name that is not allowed is never asked for outside; the guest is told REFUSED, or NXDOMAIN where the name means
//     nothing outside. Extended errors (RFC 8914) tell those who ask with EDNS by which rule.
//   - What is asked for outside is a message of our own with the name and the type in it, and nothing else of the guest's.
//   - Of what comes back, the guest gets what answers its question: the chain of CNAMEs from its name, and the records of its
//     type at the end. Each address must pass the policy, so that a name cannot be bound to an address inside.
//   - host.banger is answered here, with the gateway's addresses.
//
// The table of names: an address that the guest was told is remembered with the name that the guest asked for,
// as long as the answer lives and at least a minute. Names gives the names that led to an address; a connection by name is
// decided with them. They are put down before the guest has the answer. Whoever judges a connection again later
// must keep the names that it began with.
//
// Queries, those under way, the table and the cache are bounded; see limits.go.
package resolver
