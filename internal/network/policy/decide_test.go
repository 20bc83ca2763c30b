package policy

import (
	"net/netip"
	"strings"
	"testing"
)

// here is a host with an address on its LAN, public ones, and VMs.
func here() Host {
	return Host{
		Gateway:   []netip.Addr{netip.MustParseAddr("172.16.0.1"), netip.MustParseAddr("fd77::1")},
		Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.168.1.5"), netip.MustParseAddr("93.184.216.1"), netip.MustParseAddr("2606:2800::5"), netip.MustParseAddr("fe80::5%eth0")},
		VMs:       []netip.Prefix{netip.MustParsePrefix("172.16.0.0/24"), netip.MustParsePrefix("fd77::/64")},
		Own:       func(port uint16) bool { return port == 7788 || port == 42069 },
	}
}

// attempt is a connection in short: "tcp 1.2.3.4:80".
func attempt(t *testing.T, text string, names ...string) Connection {
	t.Helper()
	protocol, to, _ := strings.Cut(text, " ")
	c := Connection{Protocol: Protocol(protocol), Names: names, Host: here()}
	var err error
	if c.Protocol == ICMP {
		var addr netip.Addr
		addr, err = netip.ParseAddr(to)
		c.To = netip.AddrPortFrom(addr, 0)
	} else {
		c.To, err = netip.ParseAddrPort(to)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func check(t *testing.T, d Decision, want string) {
	t.Helper()
	rule, allowed := strings.CutPrefix(want, "ok ")
	if d.Allowed != allowed || d.Rule != rule || d.Text == "" {
		t.Errorf("%s: allowed %v by %q (%s), want %q", t.Name(), d.Allowed, d.Rule, d.Text, want)
	}
	if !d.Allowed && d.Dial.IsValid() {
		t.Errorf("%s: refused, and still to dial %s", t.Name(), d.Dial)
	}
}

func TestDecide(t *testing.T) {
	const lan = "internet,allow=192.168.0.0/16,10.1.0.0/16:5432/tcp,8.8.4.4:53/udp,9.9.9.9"
	for _, c := range []struct{ policy, to, want string }{
		{"internet", "tcp 1.1.1.1:443", "ok internet"},
		{"internet", "udp 1.1.1.1:443", "ok internet"},
		{"internet", "icmp 1.1.1.1", "ok internet"},
		{"internet", "tcp [2606:4700::1111]:443", "ok internet"},
		{"none", "tcp 1.1.1.1:443", "none"},
		{"none", "icmp 1.1.1.1", "none"},
		{"none", "tcp 172.16.0.1:5432", "host"},
		{"none,host-ports=5432", "tcp 172.16.0.1:5432", "ok host-ports=5432"},
		{"none,host-ports=5432", "udp [fd77::1]:5432", "ok host-ports=5432"},
		{"none,host-ports=5432/tcp", "udp 172.16.0.1:5432", "host"},
		{"none,host-ports=5432", "tcp 1.1.1.1:5432", "none"},
		{"host-ports=5432", "tcp 1.1.1.1:5432", "ok internet"},
		{"host-ports=5432", "tcp 172.16.0.1:5433", "host"},
		{"host-ports=5432", "tcp 192.168.1.5:5432", "ok host-ports=5432"},
		{"host-ports=5432", "icmp 172.16.0.1", "host"},
		{lan, "tcp 1.1.1.1:443", "ok internet"},
		{lan, "tcp 192.168.7.7:22", "ok allow=192.168.0.0/16"},
		{lan, "tcp [::ffff:192.168.7.7]:22", "ok allow=192.168.0.0/16"},
		{"host-ports=5432", "tcp [::ffff:172.16.0.1]:5432", "ok host-ports=5432"},
		{lan, "icmp 192.168.7.7", "ok allow=192.168.0.0/16"},
		{lan, "tcp 10.1.2.3:5432", "ok allow=10.1.0.0/16:5432/tcp"},
		{lan, "udp 10.1.2.3:5432", "forbidden:private"},
		{lan, "tcp 10.1.2.3:5433", "forbidden:private"},
		{lan, "icmp 10.1.2.3", "forbidden:private"},
		{lan, "udp 8.8.4.4:53", "ok allow=8.8.4.4:53/udp"},
		{lan, "tcp 8.8.4.4:53", "dns"},
		{lan, "udp 9.9.9.9:53", "dns"},
		{lan, "tcp 9.9.9.9:853", "dns"},
		{lan, "tcp 9.9.9.9:443", "ok allow=9.9.9.9"},
		{"allow=203.0.113.0/24:80-90", "tcp 203.0.113.9:90", "ok allow=203.0.113.0/24:80-90"},
		{"allow=203.0.113.0/24:80-90", "tcp 203.0.113.9:91", "forbidden:documentation"},
		{"allow=1.0.0.0/8:80-90", "tcp 1.1.1.1:91", "not-allowed"},
		{"allow=1.0.0.0/8", "tcp 2.1.1.1:91", "not-allowed"},
	} {
		t.Run(c.policy+" "+c.to, func(t *testing.T) {
			d := parse(t, c.policy).Decide(attempt(t, c.to))
			check(t, d, c.want)
			if want := dialled(t, d, c.to); d.Dial != want {
				t.Errorf("to dial %s, want %s", d.Dial, want)
			}
		})
	}
}

func dialled(t *testing.T, d Decision, to string) netip.AddrPort {
	c := attempt(t, to)
	switch {
	case !d.Allowed:
		return netip.AddrPort{}
	case strings.HasPrefix(d.Rule, hostPortsWord):
		return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), c.To.Port())
	}
	return netip.AddrPortFrom(c.To.Addr().Unmap(), c.To.Port())
}

// TestEscapes are attempts to get at what is not open. Each must fail, by the rule that is about it.
func TestEscapes(t *testing.T) {
	const strict, open = "allow=github.com,*.example.org:443,host-ports=5432", "internet"
	for _, c := range []struct{ what, policy, to, want string }{
		{"an address nobody resolved", strict, "tcp 140.82.112.3:443", "not-allowed"},
		{"loopback", open, "tcp 127.0.0.1:22", "host"},
		{"another loopback", open, "tcp 127.77.0.1:22", "forbidden:loopback"},
		{"loopback, IPv6", open, "tcp [::1]:22", "forbidden:loopback"},
		{"loopback, mapped", open, "tcp [::ffff:127.0.0.2]:22", "forbidden:loopback"},
		{"loopback, mapped, where the host's ports are", open, "tcp [::ffff:127.0.0.1]:22", "host"},
		{"loopback by 0.0.0.0", open, "tcp 0.0.0.0:22", "forbidden:this-network"},
		{"loopback by ::", open, "tcp [::]:22", "forbidden:this-network"},
		{"loopback by NAT64", open, "tcp [64:ff9b::7f00:2]:22", "forbidden:loopback"},
		{"the host by its LAN address", open, "tcp 192.168.1.5:22", "host"},
		{"the host by its LAN address, another port than the open one", strict, "tcp 192.168.1.5:22", "host"},
		{"the host by its public address", open, "tcp 93.184.216.1:22", "host"},
		{"the host by its public address, mapped", open, "tcp [::ffff:93.184.216.1]:22", "host"},
		{"the host by its public address, 6to4", open, "tcp [2002:5db8:d801::1]:22", "host"},
		{"the host by its public IPv6 address", open, "udp [2606:2800::5]:22", "host"},
		{"the host by its link-local address", open, "tcp [fe80::5]:22", "host"},
		{"ping of the host", open, "icmp 192.168.1.5", "host"},
		{"the host in an allowed range", "allow=192.168.0.0/16", "tcp 192.168.1.5:22", "host"},
		{"the host with everything allowed", "allow=0.0.0.0/0,::/0", "tcp 93.184.216.1:22", "host"},
		{"banger's own listener", "host-ports=1-65535", "tcp 172.16.0.1:7788", "own-listener"},
		{"banger's own listener by the LAN address", "host-ports=1-65535", "tcp 192.168.1.5:42069", "own-listener"},
		{"the LAN", open, "tcp 192.168.1.1:80", "forbidden:private"},
		{"the LAN with everything allowed", "allow=0.0.0.0/0", "tcp 192.168.1.1:80", "forbidden:private"},
		{"the LAN, mapped", open, "tcp [::ffff:c0a8:101]:80", "forbidden:private"},
		{"the LAN, compatible", open, "tcp [::c0a8:101]:80", "forbidden:private"},
		{"the LAN by 6to4", open, "tcp [2002:c0a8:101::]:80", "forbidden:private"},
		{"the LAN by NAT64 with its IPv4 range allowed", "internet,allow=192.168.0.0/16", "tcp [64:ff9b::c0a8:101]:80", "forbidden:private"},
		{"the LAN by NAT64 with that allowed", "allow=64:ff9b::/96", "tcp [64:ff9b::c0a8:101]:80", "forbidden:private"},
		{"the LAN by a Teredo server", open, "tcp [2001:0:c0a8:101::]:80", "forbidden:private"},
		{"metadata", open, "tcp 169.254.169.254:80", "forbidden:metadata"},
		{"metadata, IPv6", open, "tcp [fd00:ec2::254]:80", "forbidden:metadata"},
		{"metadata, mapped", open, "tcp [::ffff:a9fe:a9fe]:80", "forbidden:metadata"},
		{"metadata with everything allowed", "allow=0.0.0.0/0,::/0", "tcp 169.254.169.254:80", "forbidden:metadata"},
		{"metadata in an allowed private range", "allow=fd00::/8,100.64.0.0/10", "tcp [fd00:ec2::254]:80", "forbidden:metadata"},
		{"metadata in an allowed shared range", "allow=fd00::/8,100.64.0.0/10", "tcp 100.100.100.200:80", "forbidden:metadata"},
		{"metadata of Azure", open, "tcp 168.63.129.16:80", "forbidden:metadata"},
		{"another VM", open, "tcp 172.16.0.7:22", "other-vm"},
		{"another VM in an allowed range", "allow=172.16.0.0/12", "tcp 172.16.0.7:22", "other-vm"},
		{"another VM, IPv6", "allow=fd00::/8", "icmp fd77::7", "other-vm"},
		{"multicast DNS", open, "udp 224.0.0.251:5353", "forbidden:multicast"},
		{"broadcast", open, "udp 255.255.255.255:67", "forbidden:broadcast"},
		{"other DNS", open, "udp 8.8.8.8:53", "dns"},
		{"other DNS by TCP", open, "tcp 8.8.8.8:53", "dns"},
		{"other DNS by TLS", open, "tcp [2001:4860:4860::8888]:853", "dns"},
		{"other DNS with its range allowed", "allow=8.8.8.8", "udp 8.8.8.8:53", "dns"},
		{"the host's DNS", open, "udp 192.168.1.5:53", "host"},
		{"an unknown protocol", strict, "sctp 140.82.112.3:443", "not-allowed"},
	} {
		t.Run(c.what, func(t *testing.T) { check(t, parse(t, c.policy).Decide(attempt(t, c.to)), c.want) })
	}
	check(t, parse(t, open).Decide(Connection{Protocol: TCP}), "not-allowed")
}

func TestDecideByName(t *testing.T) {
	p := parse(t, "allow=github.com,*.example.org:443,ntp.example.net:123/udp")
	for _, c := range []struct {
		to, names string
		claim     Claim
		want      string
	}{
		{"tcp 1.1.1.1:22", "github.com", Claim{}, "ok allow=github.com"},
		{"icmp 1.1.1.1", "github.com", Claim{}, "ok allow=github.com"},
		{"udp 1.1.1.1:443", "github.com", Claim{}, "not-allowed"},
		{"tcp 1.1.1.1:443", "a.example.org", Claim{}, "ok allow=*.example.org:443"},
		{"tcp 1.1.1.1:443", "a.b.example.org", Claim{}, "ok allow=*.example.org:443"},
		{"tcp 1.1.1.1:80", "a.example.org", Claim{}, "not-allowed"},
		{"icmp 1.1.1.1", "a.example.org", Claim{}, "not-allowed"},
		{"udp 1.1.1.1:123", "ntp.example.net", Claim{}, "ok allow=ntp.example.net:123/udp"},
		{"tcp 1.1.1.1:123", "ntp.example.net", Claim{}, "not-allowed"},
		{"tcp 1.1.1.1:443", "example.org", Claim{}, "not-allowed"},
		{"tcp 1.1.1.1:443", "evil-example.org", Claim{}, "not-allowed"},
		{"tcp 1.1.1.1:443", "a.example.org.evil.com", Claim{}, "not-allowed"},
		{"tcp 1.1.1.1:443", "other.com github.com", Claim{}, "ok allow=github.com"},
		{"tcp 10.0.0.1:443", "github.com", Claim{}, "forbidden:private"},
		{"tcp 192.168.1.5:443", "github.com", Claim{}, "host"},
		{"udp 1.1.1.1:53", "github.com", Claim{}, "dns"},

		{"tcp 1.1.1.1:443", "github.com", Claim{SNI, "GitHub.com"}, "ok allow=github.com"},
		{"tcp 1.1.1.1:443", "github.com", Claim{SNI, "github.com."}, "ok allow=github.com"},
		{"tcp 1.1.1.1:443", "github.com", Claim{SNI, ""}, "claim"},
		{"tcp 1.1.1.1:443", "github.com", Claim{SNI, "github.com:443"}, "claim"},
		{"tcp 1.1.1.1:443", "github.com", Claim{SNI, "gist.github.com"}, "claim"},
		{"tcp 1.1.1.1:443", "github.com", Claim{SNI, "evil.com"}, "claim"},
		{"tcp 1.1.1.1:443", "github.com", Claim{SNI, "a.example.org"}, "claim"}, // allowed, but it did not open this address
		{"tcp 1.1.1.1:443", "a.example.org", Claim{SNI, "b.example.org"}, "ok allow=*.example.org:443"},
		{"tcp 1.1.1.1:443", "a.example.org", Claim{SNI, "evil-example.org"}, "claim"},
		{"tcp 1.1.1.1:443", "a.example.org", Claim{SNI, "example.org"}, "claim"},
		{"tcp 1.1.1.1:443", "github.com a.example.org", Claim{SNI, "a.example.org"}, "ok allow=*.example.org:443"},
		{"tcp 1.1.1.1:80", "github.com", Claim{HTTPHost, "github.com:80"}, "ok allow=github.com"},
		{"tcp 1.1.1.1:80", "github.com", Claim{HTTPHost, "evil.com"}, "claim"},
		{"tcp 1.1.1.1:80", "github.com", Claim{HTTPHost, "1.1.1.1"}, "claim"},
		{"tcp 1.1.1.1:80", "github.com", Claim{HTTPHost, "[::1]:80"}, "claim"},
		{"tcp 1.1.1.1:80", "github.com", Claim{HTTPHost, "github.com@evil.com"}, "claim"},
		{"tcp 1.1.1.1:80", "github.com", Claim{HTTPHost, "github.com\x00.evil.com"}, "claim"},
		{"tcp 1.1.1.1:80", "github.com a.example.org", Claim{HTTPHost, "evil.com"}, "claim"},
	} {
		t.Run(c.to+" "+c.names+" "+c.claim.Name, func(t *testing.T) {
			conn := attempt(t, c.to, strings.Fields(c.names)...)
			conn.Claim = c.claim
			d := p.Decide(conn)
			check(t, d, c.want)
			if d.ByName != d.Allowed {
				t.Errorf("ByName is %v of what is allowed %v", d.ByName, d.Allowed)
			}
		})
	}
}

func TestClaimsDoNotMatterWhereNoNameDecides(t *testing.T) {
	for policy, want := range map[string]string{"internet": "ok internet", "allow=1.1.1.1,github.com": "ok allow=1.1.1.1"} {
		c := attempt(t, "tcp 1.1.1.1:443", "github.com")
		c.Claim = Claim{SNI, "whatever.example"}
		d := parse(t, policy).Decide(c)
		check(t, d, want)
		if d.ByName {
			t.Errorf("%s: decided by name", policy)
		}
	}
}

// TestNothingOpensAClosedRow: Parse refuses such a range, and if it did not, Decide would.
func TestNothingOpensAClosedRow(t *testing.T) {
	for _, r := range Special {
		if !r.Open && r.inside == nil && (target{prefix: r.Prefix}).opens(r.Prefix.Addr()) {
			t.Errorf("a range opens %s", r)
		}
	}
}

func TestPingHasNoPort(t *testing.T) {
	c := attempt(t, "tcp 1.1.1.1:443")
	c.Protocol = ICMP // with a number where others have their port
	check(t, parse(t, "allow=1.1.1.1:443").Decide(c), "not-allowed")
	check(t, parse(t, "allow=1.1.1.1").Decide(c), "ok allow=1.1.1.1")
}

func TestTextIsHarmless(t *testing.T) {
	c := attempt(t, "tcp 1.1.1.1:443", "\x1b]0;x\x07.example.org")
	c.Claim = Claim{SNI, "\x1b[31m\n" + strings.Repeat("a", 5000)}
	d := parse(t, "allow=*.example.org").Decide(c)
	if len(d.Text) > 300 || strings.ContainsFunc(d.Text, func(r rune) bool { return r < ' ' || r > '~' }) || d.Rule != RuleClaim {
		t.Errorf("by %s: %q", d.Rule, d.Text)
	}
}
