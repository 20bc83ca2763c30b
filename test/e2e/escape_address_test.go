package e2e

import (
	"net/netip"
	"strings"
	"testing"

	"banger/api"
	"banger/internal/network/address"
)

// addressEscapes name what is forbidden, in all ways in which it can be written.
var addressEscapes = []escape{
	{name: "private", script: "curl -sS http://10.0.0.5/", rule: "forbidden:private", about: "10.0.0.5"},
	{name: "private, another port", script: "curl -sS http://192.168.7.7:8080/", rule: "forbidden:private", about: "192.168.7.7"},
	{name: "in decimal", script: "curl -sS http://167772165/", rule: "forbidden:private", about: "10.0.0.5"},
	{name: "in hexadecimal", script: "curl -sS http://0x0a000005/", rule: "forbidden:private", about: "10.0.0.5"},
	{name: "in octal", script: "curl -sS http://012.0.0.05/", rule: "forbidden:private", about: "10.0.0.5"},
	{name: "shortened", script: "curl -sS http://10.5/", rule: "forbidden:private", about: "10.0.0.5"},
	{name: "mapped", script: "curl -sS 'http://[::ffff:10.0.0.5]/'", rule: "forbidden:private", about: "10.0.0.5"},
	{name: "by NAT64", script: "curl -sS 'http://[64:ff9b::10.0.0.5]/'", rule: "forbidden:private", about: "64:ff9b::a00:5"},
	{name: "by 6to4", script: "curl -sS 'http://[2002:a00:5::1]/'", rule: "forbidden:private", about: "2002:a00:5::1"},
	{name: "another by NAT64", script: "curl -sS 'http://[64:ff9b::192.168.7.7]/'", rule: "forbidden:private", about: "64:ff9b::c0a8:707"},
	{name: "by Teredo", script: "curl -sS 'http://[2001:0:5db8:d70e::f5ff:fffa]/'", rule: "forbidden:private", about: "2001:0:5db8:d70e"},
	{name: "unique local", script: "curl -sS 'http://[fd00::1]/'", rule: "forbidden:private", about: "fd00::1"},
	{name: "shared address space", script: "curl -sS http://100.64.0.9/", rule: "forbidden:shared", about: "100.64.0.9"},
	{name: "metadata", script: "curl -sS http://169.254.169.254/latest/meta-data/", rule: "forbidden:metadata", about: "169.254.169.254"},
	{name: "metadata in decimal", script: "curl -sS http://2852039166/", rule: "forbidden:metadata", about: "169.254.169.254"},
	{name: "metadata over IPv6", script: "curl -sS 'http://[fd00:ec2::254]/'", rule: "forbidden:metadata", about: "fd00:ec2::254"},
	{name: "metadata mapped", script: "curl -sS 'http://[::ffff:169.254.169.254]/'", rule: "forbidden:metadata", about: "169.254.169.254"},
	{name: "Azure's metadata", script: "curl -sS http://168.63.129.16/", rule: "forbidden:metadata", about: "168.63.129.16"},
	{name: "by UDP", script: "exec 3<>/dev/udp/10.0.0.5/7; echo word >&3; head -n 1 <&3 | grep word", rule: "forbidden:private", about: "10.0.0.5"},
	{name: "by ping", script: "ping -c 1 -W 1 10.0.0.5", rule: "forbidden:private", about: "10.0.0.5"},
	{name: "by ping over IPv6", script: "ping -c 1 -W 1 fd00::1", rule: "forbidden:private", about: "fd00::1"},

	{name: "the host by its public address", script: "curl -sS http://93.184.216.2:8080/", rule: "host", about: "93.184.216.2"},
	{name: "the host by its LAN address", script: "curl -sS http://192.168.1.2:8080/", rule: "host", about: "192.168.1.2"},
	{name: "the host's loopback by its LAN address", script: "curl -sS http://192.168.1.2:5432/", rule: "host", about: "192.168.1.2"},
	{name: "the host over IPv6", script: "curl -sS 'http://[2606:2800:220::2]:8080/'", rule: "host", about: "2606:2800:220::2"},
	{name: "the host by NAT64", script: "curl -sS 'http://[64:ff9b::93.184.216.2]:8080/'", rule: "host", about: "64:ff9b::5db8:d802"},
	{name: "the host as the gateway", script: "curl -sS http://$(ip route show default | cut -d' ' -f3):8080/", rule: "host", about: "172.16."},
	{name: "the host by its name", script: "curl -sS http://host.banger:5432/", rule: "host", about: "172.16."},
	{name: "banger itself", policy: "host-ports=1-65535", script: "curl -sS http://host.banger:7788/", rule: "own-listener", about: "172.16."},
	{name: "banger itself by the host's address", policy: "host-ports=1-65535", script: "curl -sS http://192.168.1.2:7788/", rule: "own-listener", about: "192.168.1.2"},
	{name: "the host by ping", script: "ping -c 1 -W 1 192.168.1.2", rule: "host", about: "192.168.1.2"},
	{name: "the host's network", script: "curl -sS http://192.168.1.1/", rule: "forbidden:private", about: "192.168.1.1"},

	{name: "another's DNS", script: ask("1.1.1.1"), rule: "dns", about: "1.1.1.1"},
	{name: "the host's DNS", script: ask("8.8.8.8"), rule: "dns", about: "8.8.8.8"},
	{name: "another's DNS by TCP", script: "curl -sS http://1.1.1.1:53/", rule: "dns", about: "1.1.1.1"},
	{name: "another's DNS by TLS", script: "curl -sSk https://1.1.1.1:853/", rule: "dns", about: "1.1.1.1"},
	{name: "another's DNS by HTTPS", policy: "allow=www.example.com", script: "curl -sSk https://1.1.1.1/dns-query", rule: "not-allowed", about: "1.1.1.1"},
	{name: "an address that no name has led to", policy: "allow=www.example.com", script: "curl -sS http://93.184.215.99/", rule: "not-allowed", about: "93.184.215.99"},
	{name: "UDP to it", policy: "allow=www.example.com", script: "exec 3<>/dev/udp/93.184.215.14/7; echo word >&3; head -n 1 <&3 | grep word", rule: "not-allowed", about: "93.184.215.14"},
}

// ask asks a DNS server for www.example.com.
func ask(server string) string {
	const query = `\0\1\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1`
	return "exec 3<>/dev/udp/" + server + "/53; printf '" + query + "' >&3; head -c 20 <&3 | grep ."
}

// neighbourEscapes are attempts at another VM, whose addresses a guest takes for its neighbours' as long as no route says otherwise.
func neighbourEscapes(t *testing.T, own, other api.VM) []escape {
	t.Helper()
	ends, far := endsOf(t, own), endsOf(t, other)
	by := func(command string) string {
		return strings.NewReplacer("GW6", ends.Gateway6.String(), "GW", ends.Gateway4.String(), "OTHER6", far.Guest6.String(), "OTHER", far.Guest4.String()).
			Replace(command)
	}
	return []escape{
		{name: "another VM", script: by("ip route add OTHER via GW; curl -sS http://OTHER:22/; r=$?; ip route del OTHER; exit $r"), rule: "other-vm", about: other.IP},
		{name: "another VM over IPv6", script: by("ip -6 route add OTHER6 via GW6; curl -sS 'http://[OTHER6]:22/'; r=$?; ip -6 route del OTHER6; exit $r"),
			rule: "other-vm", about: far.Guest6.String()},
		{name: "another VM by ping", script: by("ip route add OTHER via GW; ping -c 1 -W 1 OTHER; r=$?; ip route del OTHER; exit $r"), rule: "other-vm", about: other.IP},
		{name: "with another VM's address", script: by("ip address add OTHER/32 dev eth0; curl -sS -m 2 --interface OTHER http://93.184.215.14/; r=$?; ip address del OTHER/32 dev eth0; exit $r"),
			rule: "spoofed", about: other.IP},
		{name: "with another VM's MAC", script: "mac=$(cat /sys/class/net/eth0/address); ip link set eth0 address " + far.GuestMAC.String() +
			"; curl -sS -m 2 http://93.184.215.14/; r=$?; ip link set eth0 address $mac; exit $r", rule: "spoofed", about: far.GuestMAC.String()},
	}
}

func endsOf(t *testing.T, vm api.VM) address.Ends {
	t.Helper()
	ip, err := netip.ParseAddr(vm.IP)
	if err != nil {
		t.Fatal(err)
	}
	ends, err := address.Of(ip)
	if err != nil {
		t.Fatal(err)
	}
	return ends
}
