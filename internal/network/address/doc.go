// Package address derives all addresses of a VM and of its gateway from the one that its record has, and lists this host's.
//
// A VM is alone on its wire, so its MAC and the prefix of its IPv6 network need be unlike those of others only so that logs tell them apart.
package address
