// Package policy decides what a VM may reach. It opens nothing and asks nobody: whoever asks
// puts in what is known at that moment, and a decision comes out with the rule that made it.
//
// A policy is written in one line, which --net takes and a database row or a JSON field keeps;
// String gives it back in its shortest form:
//
//	internet                               public addresses and names; nothing of the host's or its networks
//	none                                   nothing, and no name resolves
//	host-ports=5432,8000-8010/tcp          internet, and these ports of the host's 127.0.0.1 as host.banger
//	none,host-ports=5432                   that port alone
//	allow=github.com,*.example.org:443     these names alone, at any port or at that one
//	allow=203.0.113.0/24:80,[2001:db8::]/32:53/udp
//	internet,allow=10.1.0.0/16             internet, and a network of one's own
//
// ParseFile reads the same from TOML:
//
//	base = "none"                          # or "internet"; left out, as on the line
//	allow = ["github.com", "*.example.org:443"]
//	host_ports = [5432, "8000-8010/tcp"]
//
// What a target means:
//
//   - A name opens the addresses that the VM's own resolver gave for it, as long as it remembers them
//     (package resolver). *.example.org is every name below example.org, at any depth, and not that name
//     itself. A name opens TCP, and ping when no port stands with it; UDP only where /udp says so, because
//     of UDP nobody can tell which name it is meant for. When the guest speaks TLS or HTTP there, the name that
//     it says must be one that the same rule covers; so ask again once it has said it (Decision.ByName).
//   - A range opens its addresses, by TCP, UDP and ping; with ports, those alone. It opens a private network
//     only if it lies inside one: 0.0.0.0/0 is all public addresses. What no range opens: the host's
//     addresses and loopback, link-local ones, multicast, where clouds keep credentials, and the rest of
//     the table's closed rows.
//   - DNS (53, 853) to others than the VM's resolver is refused everywhere, unless a range names that port.
//
// The table of special-purpose addresses is Special. An address with an IPv4 address inside (mapped,
// compatible, translated, NAT64, 6to4, Teredo) is judged by that one.
package policy
