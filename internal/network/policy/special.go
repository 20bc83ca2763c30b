package policy

import (
	"fmt"
	"net/netip"
)

// Range is a row of the table of addresses that are not simply public.
type Range struct {
	ID     string // short, for rules: "private"
	Prefix netip.Prefix
	Name   string // as the registry has it, for people
	RFC    string // or who says so, where no RFC does
	// Open: a policy's own range that lies inside this one opens it.
	Open bool
	// inside gives the IPv4 addresses that one of this range holds. The range itself forbids nothing then: they are judged.
	inside func(netip.Addr) []netip.Addr
}

// String names the row for people: loopback (127.0.0.0/8, RFC 1122).
func (r Range) String() string { return fmt.Sprintf("%s (%s, %s)", r.Name, r.Prefix, r.RFC) }

func row(id, prefix, name, rfc string) Range {
	return Range{ID: id, Prefix: netip.MustParsePrefix(prefix), Name: name, RFC: rfc}
}

func (r Range) opens() Range { r.Open = true; return r }

func (r Range) holds(inside func(netip.Addr) []netip.Addr) Range { r.inside = inside; return r }

// Special is IANA's IPv4 and IPv6 special-purpose address registries, whole, and what they leave out: multicast,
// addresses nobody has been given, old IPv6 forms, and where clouds serve credentials to whoever is on the machine.
// The narrowest row that holds an address counts.
var Special = []Range{
	row("this-network", "0.0.0.0/8", "this network", "RFC 791"),
	row("this-network", "0.0.0.0/32", "this host on this network", "RFC 1122"),
	row("private", "10.0.0.0/8", "private use", "RFC 1918").opens(),
	row("shared", "100.64.0.0/10", "shared address space", "RFC 6598").opens(),
	row("metadata", "100.100.100.200/32", "Alibaba Cloud's metadata", "Alibaba Cloud"),
	row("loopback", "127.0.0.0/8", "loopback", "RFC 1122"),
	row("metadata", "168.63.129.16/32", "Azure's platform services", "Microsoft Azure"),
	row("link-local", "169.254.0.0/16", "link local", "RFC 3927"),
	row("metadata", "169.254.169.254/32", "a cloud's metadata", "the clouds"),
	row("private", "172.16.0.0/12", "private use", "RFC 1918").opens(),
	row("protocol", "192.0.0.0/24", "IETF protocol assignments", "RFC 6890"),
	row("protocol", "192.0.0.0/29", "IPv4 service continuity", "RFC 7335"),
	row("protocol", "192.0.0.8/32", "IPv4 dummy address", "RFC 7600"),
	row("protocol", "192.0.0.9/32", "port control protocol anycast", "RFC 7723"),
	row("protocol", "192.0.0.10/32", "TURN anycast", "RFC 8155"),
	row("protocol", "192.0.0.170/32", "NAT64 discovery", "RFC 7050"),
	row("protocol", "192.0.0.171/32", "NAT64 discovery", "RFC 7050"),
	row("documentation", "192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737").opens(),
	row("as112", "192.31.196.0/24", "AS112", "RFC 7535").opens(),
	row("amt", "192.52.193.0/24", "automatic multicast tunneling", "RFC 7450").opens(),
	row("6to4-relay", "192.88.99.0/24", "6to4 relay anycast", "RFC 7526"),
	row("6to4-relay", "192.88.99.2/32", "6a44 relay anycast", "RFC 6751"),
	row("private", "192.168.0.0/16", "private use", "RFC 1918").opens(),
	row("as112", "192.175.48.0/24", "direct delegation AS112", "RFC 7534").opens(),
	row("benchmarking", "198.18.0.0/15", "benchmarking", "RFC 2544").opens(),
	row("documentation", "198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737").opens(),
	row("documentation", "203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737").opens(),
	row("multicast", "224.0.0.0/4", "multicast", "RFC 5771"),
	row("reserved", "240.0.0.0/4", "reserved", "RFC 1112"),
	row("broadcast", "255.255.255.255/32", "limited broadcast", "RFC 919"),

	row("reserved", "::/3", "not global unicast", "RFC 4291"),
	row("this-network", "::/128", "unspecified address", "RFC 4291"),
	row("loopback", "::1/128", "loopback", "RFC 4291"),
	row("ipv4-compatible", "::/96", "IPv4-compatible address", "RFC 4291").holds(last4),
	row("ipv4-mapped", "::ffff:0:0/96", "IPv4-mapped address", "RFC 4291").holds(last4),
	row("ipv4-translated", "::ffff:0:0:0/96", "IPv4-translated address", "RFC 2765").holds(last4),
	row("nat64", "64:ff9b::/96", "IPv4-IPv6 translation", "RFC 6052").holds(last4),
	row("nat64-local", "64:ff9b:1::/48", "local IPv4-IPv6 translation", "RFC 8215"),
	row("discard", "100::/64", "discard only", "RFC 6666"),
	row("discard", "100:0:0:1::/64", "dummy prefix", "RFC 9780"),
	row("protocol", "2001::/23", "IETF protocol assignments", "RFC 2928"),
	row("teredo", "2001::/32", "Teredo", "RFC 4380").holds(teredo),
	row("protocol", "2001:1::1/128", "port control protocol anycast", "RFC 7723"),
	row("protocol", "2001:1::2/128", "TURN anycast", "RFC 8155"),
	row("protocol", "2001:1::3/128", "DNS-SD service registration anycast", "RFC 9665"),
	row("benchmarking", "2001:2::/48", "benchmarking", "RFC 5180").opens(),
	row("amt", "2001:3::/32", "automatic multicast tunneling", "RFC 7450").opens(),
	row("as112", "2001:4:112::/48", "AS112", "RFC 7535").opens(),
	row("orchid", "2001:10::/28", "ORCHID, the first", "RFC 4843"),
	row("orchid", "2001:20::/28", "ORCHIDv2", "RFC 7343"),
	row("drone-id", "2001:30::/28", "drone remote ID", "RFC 9374"),
	row("documentation", "2001:db8::/32", "documentation", "RFC 3849").opens(),
	row("6to4", "2002::/16", "6to4", "RFC 3056").holds(sixToFour),
	row("as112", "2620:4f:8000::/48", "direct delegation AS112", "RFC 7534").opens(),
	row("documentation", "3fff::/20", "documentation", "RFC 9637").opens(),
	row("reserved", "4000::/2", "not global unicast", "RFC 4291"),
	row("segment-routing", "5f00::/16", "segment routing SIDs", "RFC 9602"),
	row("reserved", "8000::/1", "not global unicast", "RFC 4291"),
	row("private", "fc00::/7", "unique local", "RFC 4193").opens(),
	row("metadata", "fd00:ec2::/32", "Amazon EC2's metadata and services", "Amazon EC2"),
	row("metadata", "fd20:ce::254/128", "Google Cloud's metadata", "Google Cloud"),
	row("metadata", "fd00:42::42/128", "Scaleway's metadata", "Scaleway"),
	row("link-local", "fe80::/10", "link local", "RFC 4291"),
	row("link-local", "fec0::/10", "site local, the old one", "RFC 3879"),
	row("multicast", "ff00::/8", "multicast", "RFC 4291"),
}
