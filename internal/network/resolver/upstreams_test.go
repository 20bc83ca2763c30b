package resolver

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

func TestUpstreams(t *testing.T) {
	const uplinks = "# systemd's\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\n"
	for what, c := range map[string]struct{ etc, run, want string }{
		"none":                       {"", "", "[127.0.0.1:53]"},
		"no file":                    {"-", "-", "[127.0.0.1:53]"},
		"two":                        {"search lan\n nameserver\t1.1.1.1\nnameserver 2606:4700::1111 # mine\noptions edns0", "", "[1.1.1.1:53 [2606:4700::1111]:53]"},
		"what is none":               {"#nameserver 9.9.9.9\n;nameserver 9.9.9.9\nnameserver\nnameserver one\nnameservers 9.9.9.9\nnameserver 1.1.1.1", "", "[1.1.1.1:53]"},
		"the same twice":             {"nameserver 1.1.1.1\nnameserver 1.1.1.1", "", "[1.1.1.1:53]"},
		"systemd-resolved":           {"nameserver 127.0.0.53\noptions edns0 trust-ad", uplinks, "[127.0.0.53:53 10.0.0.1:53 [fe80::1%eth0]:53]"},
		"systemd-resolved's proxy":   {"nameserver 127.0.0.54", uplinks, "[127.0.0.54:53 10.0.0.1:53 [fe80::1%eth0]:53]"},
		"systemd-resolved, no links": {"nameserver 127.0.0.53", "-", "[127.0.0.53:53]"},
		"systemd-resolved, not used": {"nameserver 1.1.1.1", uplinks, "[1.1.1.1:53]"},
		"dnsmasq":                    {"nameserver 127.0.0.1", uplinks, "[127.0.0.1:53]"},
		"many":                       {strings.Join(nameserverLines(20), "\n"), "", "[1.1.1.0:53 1.1.1.1:53 1.1.1.2:53 1.1.1.3:53 1.1.1.4:53 1.1.1.5:53]"},
		"endless":                    {strings.Repeat("#\n", maxConf) + "nameserver 1.1.1.1", "", "[127.0.0.1:53]"},
	} {
		root := fstest.MapFS{}
		for path, text := range map[string]string{resolvConf: c.etc, uplinkConf: c.run} {
			if text != "-" {
				root[path] = &fstest.MapFile{Data: []byte(text)}
			}
		}
		if got := fmt.Sprint(Upstreams(root)); got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
}

func nameserverLines(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("nameserver 1.1.1.%d", i))
	}
	return lines
}
