package resolver

import (
	"bufio"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
)

const (
	resolvConf = "etc/resolv.conf"
	uplinkConf = "run/systemd/resolve/resolv.conf" // the servers behind systemd-resolved
	maxServers = 6
	maxConf    = 64 << 10
)

// stubs are where systemd-resolved listens.
var stubs = []netip.Addr{netip.MustParseAddr("127.0.0.53"), netip.MustParseAddr("127.0.0.54")}

// Upstreams reads from the host's root folder (os.DirFS("/")) which DNS servers it asks, in order. Where that is systemd-resolved it
// stays the first, because it knows which network's server to ask for which name; those behind it follow, for when it does not answer
// where we are (another network namespace). Without any it is the server on the host itself, as the C library has it.
func Upstreams(root fs.FS) []netip.AddrPort {
	servers := nameservers(root, resolvConf)
	if slices.ContainsFunc(servers, func(s netip.Addr) bool { return slices.Contains(stubs, s) }) {
		servers = append(servers, nameservers(root, uplinkConf)...)
	}
	if len(servers) == 0 {
		servers = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	var found []netip.AddrPort
	for _, s := range servers {
		if at := netip.AddrPortFrom(s, 53); !slices.Contains(found, at) && len(found) < maxServers {
			found = append(found, at)
		}
	}
	return found
}

// nameservers are those of one file in resolv.conf's format; none when it cannot be read.
func nameservers(root fs.FS, path string) (servers []netip.Addr) {
	f, err := root.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(io.LimitReader(f, maxConf)); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		if addr, err := netip.ParseAddr(words[1]); err == nil {
			servers = append(servers, addr)
		}
	}
	return servers
}
