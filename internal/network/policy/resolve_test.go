package policy

import (
	"net/netip"
	"strings"
	"testing"
)

func TestDecideName(t *testing.T) {
	const strict = "allow=github.com,*.example.org:443,intranet,nas.home.arpa,*.168.192.in-addr.arpa"
	for _, c := range []struct{ policy, name, want string }{
		{"none", "github.com", "none"},
		{"none", "host.banger", "none"},
		{"none,host-ports=1", "host.banger.", "ok host"},
		{"none,host-ports=1", "github.com", "none"},
		{"internet", "github.com", "ok internet"},
		{"internet", "_dmarc.github.com.", "ok internet"},
		{"internet", "Host.Banger", "ok host"},
		{"internet", "other.banger", "special-name"},
		{"internet", "a.host.banger", "special-name"},
		{"internet", "web.vm", "special-name"},
		{"internet", "localhost", "special-name"},
		{"internet", "a.localhost", "special-name"},
		{"internet", "printer.local", "special-name"},
		{"internet", "intranet", "special-name"},
		{"internet,allow=intranet,*.local", "intranet", "ok allow=intranet"},
		{"internet,allow=intranet,*.local", "a.local", "ok allow=*.local"},
		{"internet", "127.1", "bad-name"},
		{"internet", "2130706433", "bad-name"},
		{"internet", "0x7f.0x1", "bad-name"},
		{"internet", "1.2.3.4", "bad-name"},
		{"internet", "", "bad-name"},
		{"internet", "a..b", "bad-name"},
		{"internet", `a\.b.com`, "bad-name"},
		{"internet", "b\xfccher.example", "bad-name"},
		{"internet", strings.Repeat("a", 64) + ".com", "bad-name"},
		{"internet", strings.Repeat("a.", 127) + "com", "bad-name"},
		{"internet", "1.1.168.192.in-addr.arpa", "special-name"},
		{"internet", "168.192.in-addr.arpa", "special-name"},
		{"internet", "lb._dns-sd._udp.0.1.168.192.in-addr.arpa", "special-name"},
		{"internet", "9.9.9.9.1.1.168.192.in-addr.arpa", "special-name"},
		{"internet", "b._dns-sd.168.192.in-addr.arpa", "special-name"},
		{"internet", "300.192.in-addr.arpa", "ok internet"},
		{"internet", "x.in-addr.arpa", "ok internet"},
		{"internet", "192.in-addr.arpa", "ok internet"},
		{"internet", "1.1.1.1.in-addr.arpa", "ok internet"},
		{"internet", "1.0.0.127.in-addr.arpa", "special-name"},
		{"internet", strings.Repeat("0.", 28) + "0.8.e.f.ip6.arpa", "special-name"},
		{"internet", "d.f.ip6.arpa", "special-name"},
		{"internet", strings.Repeat("1.", 25) + "0.0.7.4.6.0.6.2.ip6.arpa", "ok internet"},
		{strict, "github.com", "ok allow=github.com"},
		{strict, "GITHUB.COM.", "ok allow=github.com"},
		{strict, "gist.github.com", "not-allowed"},
		{strict, "a.b.example.org", "ok allow=*.example.org:443"},
		{strict, "example.org", "not-allowed"},
		{strict, "evil-example.org", "not-allowed"},
		{strict, "example.org.evil.com", "not-allowed"},
		{strict, "xexample.org", "not-allowed"},
		{strict, "secret.evil.com", "not-allowed"},
		{strict, "intranet", "ok allow=intranet"},
		{strict, "nas.home.arpa", "ok allow=nas.home.arpa"},
		{strict, "1.1.168.192.in-addr.arpa", "ok allow=*.168.192.in-addr.arpa"},
		{strict, "host.banger", "ok host"},
		{strict, "localhost", "special-name"},
		{"allow=1.1.1.1", "github.com", "not-allowed"},
	} {
		t.Run(c.policy+" "+c.name, func(t *testing.T) { check(t, parse(t, c.policy).DecideName(c.name), c.want) })
	}
}

func TestDecideAnswer(t *testing.T) {
	const both = "allow=db.example.org,10.1.0.0/16"
	for _, c := range []struct{ what, policy, name, addr, want string }{
		{"public", "internet", "a.example", "1.1.1.1", "ok internet"},
		{"public, by name", both, "db.example.org", "1.1.1.1", "ok allow=db.example.org"},
		{"not asked for", both, "a.example", "1.1.1.1", "not-allowed"},
		{"rebinding to the LAN", "internet", "a.example", "192.168.1.1", "forbidden:private"},
		{"rebinding to the LAN, mapped", "internet", "a.example", "::ffff:192.168.1.1", "forbidden:private"},
		{"rebinding to the LAN by NAT64", "internet", "a.example", "64:ff9b::c0a8:101", "forbidden:private"},
		{"rebinding to loopback", "internet", "a.example", "127.0.0.2", "forbidden:loopback"},
		{"rebinding to 0.0.0.0", "internet", "a.example", "0.0.0.0", "forbidden:this-network"},
		{"rebinding to metadata", "internet", "a.example", "169.254.169.254", "forbidden:metadata"},
		{"rebinding to the host", "internet", "a.example", "93.184.216.1", "host"},
		{"rebinding to the gateway", "host-ports=1", "a.example", "172.16.0.1", "host"},
		{"rebinding to a VM", "internet", "a.example", "172.16.0.9", "other-vm"},
		{"rebinding by an allowed name", both, "db.example.org", "192.168.1.1", "forbidden:private"},
		{"a private range that is opened", both, "db.example.org", "10.1.2.3", "ok allow=db.example.org"},
		{"beside that range", both, "db.example.org", "10.2.2.3", "forbidden:private"},
		{"none", "none", "a.example", "1.1.1.1", "none"},
	} {
		t.Run(c.what, func(t *testing.T) {
			check(t, parse(t, c.policy).DecideAnswer(here(), c.name, netip.MustParseAddr(c.addr)), c.want)
		})
	}
}
