// Package network is the network of one VM: it joins the rooms below it.
//
//	address    what the two ends of the wire are called
//	link       frames to and from the engine
//	stack      TCP, UDP and ping on top of them, each connection ended here and made anew by the host
//	policy     what the guest may reach
//	resolver   names, and which of them led to which address
//	forward    ports of the host's that lead to the guest
//
// Start takes this program's end of the engine's wire and runs until Close. What the guest has reached, and what it was refused, is
// written to Config.Log, a line of JSON for each (Entry).
//
// Check says what a policy would do with a URL, without a guest.
package network
