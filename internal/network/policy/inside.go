package policy

import "net/netip"

// bare is addr as it is compared: an IPv4-mapped address is that IPv4 address, and no address has a zone.
func bare(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// narrowest is the row of Special that says most about a range.
func narrowest(prefix netip.Prefix) (found Range, ok bool) {
	for _, r := range Special {
		if within(prefix, r.Prefix) && (!ok || r.Prefix.Bits() > found.Prefix.Bits()) {
			found, ok = r, true
		}
	}
	return found, ok
}

func rowOf(addr netip.Addr) (Range, bool) { return narrowest(netip.PrefixFrom(addr, addr.BitLen())) }

// within: every address of inner is one of outer.
func within(inner, outer netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// forms are an address and those that it holds, and those that they hold.
func forms(addr netip.Addr) []netip.Addr {
	all := []netip.Addr{addr}
	if r, ok := rowOf(addr); ok && r.inside != nil {
		for _, in := range r.inside(addr) {
			all = append(all, forms(in)...)
		}
	}
	return all
}

// forbidding is the row that keeps an address, or one that it holds, from being public.
func forbidding(addr netip.Addr) (Range, bool) {
	for _, form := range forms(addr) {
		if r, ok := rowOf(form); ok && r.inside == nil {
			return r, true
		}
	}
	return Range{}, false
}

func last4(addr netip.Addr) []netip.Addr { return []netip.Addr{ipv4(addr, 12, 0)} }

// sixToFour is the address of the router that the packet is sent to.
func sixToFour(addr netip.Addr) []netip.Addr { return []netip.Addr{ipv4(addr, 2, 0)} }

// teredo is the server and the client, whose address is written inverted.
func teredo(addr netip.Addr) []netip.Addr {
	return []netip.Addr{ipv4(addr, 4, 0), ipv4(addr, 12, 0xff)}
}

func ipv4(addr netip.Addr, at int, flip byte) netip.Addr {
	b := addr.As16()
	return netip.AddrFrom4([4]byte{b[at] ^ flip, b[at+1] ^ flip, b[at+2] ^ flip, b[at+3] ^ flip})
}
