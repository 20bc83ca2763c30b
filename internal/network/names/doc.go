// Package names is the DNS server for VMs' names on the host: "web.vm" is the address at which the ports of the VM web appear.
//
// It answers for the zone vm and for nothing else, out of what its owner knows, and never asks another server. Whoever sends it
// the names of the whole internet is told REFUSED, so that a resolver asks elsewhere.
//
//	A of NAME.vm          the VM's address, for some seconds
//	TXT of _banger.vm     by which it can be known (package namegen)
//	other types, and vm   nothing, with the zone's SOA
//	other names in vm     NXDOMAIN, with the zone's SOA
//	all else              REFUSED; NOTIMP for what is no query
//
// It listens on one address for UDP and TCP. Queries, connections, their silence and the size of messages are bounded; see limits.go.
package names
