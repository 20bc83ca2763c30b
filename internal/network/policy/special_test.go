package policy

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// addressesOf are a range's first and last address, and random ones between.
func addressesOf(r *rand.Rand, prefix netip.Prefix, n int) []netip.Addr {
	first := prefix.Addr().AsSlice()
	all := []netip.Addr{prefix.Addr()}
	for i := range n {
		raw := make([]byte, len(first))
		for at := range raw {
			free := byte(0xff)
			if fixed := prefix.Bits() - at*8; fixed > 0 {
				free = byte(0xff >> min(fixed, 8))
			}
			random := byte(r.Uint32())
			if i == 0 {
				random = 0xff
			}
			raw[at] = first[at] | random&free
		}
		addr, _ := netip.AddrFromSlice(raw)
		all = append(all, addr)
	}
	return all
}

func connect(addr netip.Addr, port uint16) Connection {
	return Connection{Protocol: TCP, To: netip.AddrPortFrom(addr, port)}
}

func TestNothingSpecialIsInternet(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	internet, wide := parse(t, "internet"), parse(t, "allow=0.0.0.0/0,::/0")
	for _, row := range Special {
		for _, addr := range addressesOf(r, row.Prefix, 500) {
			if !row.Prefix.Contains(addr) {
				t.Fatalf("%s is not in %s", addr, row.Prefix)
			}
			narrow, _ := rowOf(addr)
			public := narrow.inside != nil // unless what it holds is not
			for _, in := range forms(addr)[1:] {
				public = public && internet.Decide(connect(in, 80)).Allowed
			}
			if d := internet.Decide(connect(addr, 80)); d.Allowed != public {
				t.Fatalf("%s of %s: allowed %v by %s", addr, row, d.Allowed, d.Rule)
			}
			if d := wide.Decide(connect(addr, 80)); d.Allowed != public {
				t.Fatalf("%s of %s with everything allowed: allowed %v by %s", addr, row, d.Allowed, d.Rule)
			}
			if d := internet.DecideAnswer(Host{}, "a.example", addr); d.Allowed != public {
				t.Fatalf("%s of %s as an answer: allowed %v by %s", addr, row, d.Allowed, d.Rule)
			}
		}
	}
}

func TestForbiddenIPv4InsideIPv6(t *testing.T) {
	internet := parse(t, "internet")
	r := rand.New(rand.NewPCG(7, 7))
	for _, row := range Special {
		if !row.Prefix.Addr().Is4() {
			continue
		}
		for _, in := range addressesOf(r, row.Prefix, 50) {
			for form, addr := range wrappings(in) {
				if d := internet.Decide(connect(addr, 80)); d.Allowed {
					t.Fatalf("%s (%s with %s of %s inside) is allowed by %s", addr, form, in, row, d.Rule)
				}
			}
		}
	}
	for form, addr := range wrappings(netip.MustParseAddr("8.8.8.8")) {
		if d := internet.Decide(connect(addr, 80)); !d.Allowed {
			t.Errorf("%s (%s with a public address inside): %s", addr, form, d.Text)
		}
	}
}

// wrappings are all IPv6 forms of an IPv4 address that the table knows.
func wrappings(in netip.Addr) map[string]netip.Addr {
	b := in.As4()
	at := func(prefix string, offset int, flip byte) netip.Addr {
		raw := netip.MustParseAddr(prefix).As16()
		for i := range b {
			raw[offset+i] = b[i] ^ flip
		}
		return netip.AddrFrom16(raw)
	}
	return map[string]netip.Addr{
		"mapped":        at("::ffff:0:0", 12, 0),
		"compatible":    at("::", 12, 0),
		"translated":    at("::ffff:0:0:0", 12, 0),
		"NAT64":         at("64:ff9b::", 12, 0),
		"6to4":          at("2002::1", 2, 0),
		"Teredo server": at("2001::f7f7:f7f7", 4, 0),
		"Teredo client": at("2001:0:808:808::", 12, 0xff),
	}
}

// TestRegistries names addresses of every kind by hand, so that a row with a wrong prefix is seen.
func TestRegistries(t *testing.T) {
	for text, want := range map[string]string{
		"0.0.0.0": "this-network", "0.1.2.3": "this-network", "10.255.255.255": "private", "11.0.0.0": "",
		"100.63.255.255": "", "100.64.0.0": "shared", "100.127.255.255": "shared", "100.128.0.0": "", "100.100.100.200": "metadata",
		"127.0.0.1": "loopback", "127.255.255.255": "loopback", "168.63.129.16": "metadata", "168.63.129.17": "",
		"169.254.1.1": "link-local", "169.254.169.254": "metadata", "172.15.255.255": "", "172.16.0.0": "private", "172.31.255.255": "private", "172.32.0.0": "",
		"192.0.0.1": "protocol", "192.0.0.9": "protocol", "192.0.0.170": "protocol", "192.0.0.192": "protocol", "192.0.1.0": "", "192.0.2.1": "documentation",
		"192.31.196.1": "as112", "192.52.193.1": "amt", "192.88.99.1": "6to4-relay", "192.88.99.2": "6to4-relay", "192.168.0.1": "private", "192.169.0.0": "", "192.175.48.1": "as112",
		"198.17.255.255": "", "198.18.0.0": "benchmarking", "198.19.255.255": "benchmarking", "198.20.0.0": "", "198.51.100.1": "documentation", "203.0.113.1": "documentation",
		"223.255.255.255": "", "224.0.0.1": "multicast", "239.255.255.255": "multicast", "240.0.0.0": "reserved", "255.255.255.254": "reserved", "255.255.255.255": "broadcast",
		"::": "this-network", "::1": "loopback", "::2": "this-network", "::ffff:0:1": "this-network", "64:ff9b:1::1": "nat64-local", "64:ff9b:2::1": "reserved",
		"100::1": "discard", "100:0:0:1::1": "discard", "100:0:0:2::1": "reserved", "1fff::": "reserved", "2000::1": "", "2001:1::1": "protocol", "2001:1::4": "protocol",
		"2001:2::1": "benchmarking", "2001:3::1": "amt", "2001:4:112::1": "as112", "2001:1f::1": "orchid", "2001:2f::1": "orchid", "2001:3f::1": "drone-id", "2001:1ff::": "protocol", "2001:200::1": "",
		"2001:db8::1": "documentation", "2001:db9::1": "", "2620:4f:8000::1": "as112", "2606:4700::1111": "", "3fff:fff::1": "documentation", "3fff:1000::1": "", "4000::1": "reserved",
		"5f00::1": "segment-routing", "8000::1": "reserved", "fc00::1": "private", "fdff::1": "private", "fd00:ec2::254": "metadata", "fd20:ce::254": "metadata", "fd00:42::42": "metadata",
		"fe00::1": "reserved", "fe80::1": "link-local", "febf::1": "link-local", "fec0::1": "link-local", "ff02::1": "multicast", "2001:0:a00:1::": "private",
	} {
		r, forbidden := forbidding(netip.MustParseAddr(text))
		if r.ID != want || forbidden != (want != "") {
			t.Errorf("%s is %q, forbidden %v; want %q", text, r.ID, forbidden, want)
		}
	}
}

func TestTableIsWellFormed(t *testing.T) {
	seen := map[netip.Prefix]bool{}
	for _, r := range Special {
		if r.Prefix != r.Prefix.Masked() || seen[r.Prefix] || r.ID == "" || r.Name == "" || r.RFC == "" {
			t.Errorf("%+v: a row twice, not where its range begins, or without a word", r)
		}
		seen[r.Prefix] = true
		if r.Open && r.inside != nil {
			t.Errorf("%s forbids nothing by itself, so nothing can open it", r)
		}
	}
}
