// Package stack is the network of one virtual machine: a TCP/IP stack in this process at the other end of the
// guest's wire, without privilege, bridge or tap.
//
// The guest has one neighbour, the gateway, whose addresses follow from the guest's (package address). Every connection
// that the guest makes ends in this stack, which asks the Policy about it, makes one of its own with the Dialer, and joins the two. So no
// packet of the guest's ever leaves the host, and what the guest is told about an address that it may not reach is said here.
//
//   - Inbound frames are looked at first (admit): only the guest's own addresses as source, only the gateway as
//     neighbour. There is nobody else on the wire.
//   - TCP: decide, dial, and only then answer the guest, so that it sees a refusal as one. Where the decision needs
//     the name that the guest calls its server by, the guest's first bytes wait for the second decision; the
//     server's do not wait, so protocols in which it speaks first are not delayed.
//   - UDP: a session per pair of ends, until nothing moved for a while. Refused datagrams are answered by ICMP.
//   - DNS of the gateway is the Resolver's. Whether any other server may be asked is for the Policy to say.
//   - Echo requests go out by the host's unprivileged ping sockets, where it has them.
//
// Everything is bounded (Limits): a guest can starve its own network, and nothing else. A paused guest keeps its connections as long as
// TCP's patience lasts, about a quarter of an hour of silence.
//
// Observe is told of every connection and every refusal. A Network is for one run of one machine: a copy of the machine has another, in
// which the original's connections are unknown.
package stack
