package e2e

import (
	"slices"
	"strings"
	"testing"

	"banger/internal/network"
)

// TestNoNetwork: nothing is reached and nobody is asked for a name; whoever asks is told so, and does not wait.
func TestNoNetwork(t *testing.T) {
	o, ok := goOnline(t)
	if !ok {
		return // only root can make the namespaces
	}
	o.allow(t, "none")
	seen(t)
	for _, script := range []string{
		"curl -sS http://93.184.215.14/", "curl -sS 'http://[2606:2800::14]/'", "curl -sS http://www.example.com/", "ping -c 1 -W 1 1.1.1.1",
		"getent hosts host.banger", "echo word >/dev/tcp/93.184.215.14/7", "exec 3<>/dev/udp/93.184.215.14/7; echo word >&3; head -n 1 <&3 | grep word",
	} {
		if r := o.in(t, o.vm.Name, script); r.Exit == 0 {
			t.Errorf("%s: it printed %q", script, r.Stdout)
		}
	}
	if r := o.in(t, o.vm.Name, "busybox nslookup www.example.com"); !strings.Contains(r.Stdout, "REFUSED") {
		t.Errorf("the answer to a question for a name is %q", r.Stdout)
	}
	if s := seen(t); len(s.Packets)+len(s.Queries) > 0 {
		t.Errorf("this came out: %+v", s)
	}
	all := o.log(t, o.vm)
	for _, protocol := range []string{"tcp", "udp", "ping", "dns"} {
		refused := func(e network.Entry) bool {
			return e.Event == "refused" && e.Protocol == protocol && e.Rule == "none"
		}
		if !slices.ContainsFunc(all, refused) {
			t.Errorf("the log does not tell of %s: %+v", protocol, all)
		}
	}
}

// TestNetworkRules is a table of policies, and of what they let through.
func TestNetworkRules(t *testing.T) {
	o, ok := goOnline(t)
	if !ok {
		return // only root can make the namespaces
	}
	const where = "curl -sSk4 %/where 2>&1"
	for policy, urls := range map[string]map[string]string{
		"host-ports=5432": {
			"http://host.banger:5432":  "127.0.0.1:5432 as host.banger:5432",
			"http://host.banger:6379":  "curl: (7)",
			"http://host.banger:8080":  "curl: (7)",
			"http://93.184.215.14":     "93.184.215.14:80 as 93.184.215.14",
			"http://93.184.216.2:8080": "curl: (7)",
			"http://192.168.1.2:6379":  "curl: (7)",
		},
		"none,host-ports=5432-6379": {
			"http://host.banger:6379": "127.0.0.1:6379 as host.banger:6379",
			"http://93.184.215.14":    "curl: (7)",
			"http://www.example.com":  "curl: (6)",
		},
		"allow=www.example.com,*.example.org:443,93.184.215.64/26": {
			"http://www.example.com":   "93.184.215.14:80 as www.example.com",
			"https://www.example.com":  "93.184.215.14:443 as www.example.com SNI www.example.com",
			"https://api.example.org":  "93.184.215.17:443 as api.example.org SNI api.example.org",
			"http://api.example.org":   "curl: (7)",
			"https://example.org":      "curl: (6)",
			"http://git.example.com":   "curl: (6)",
			"http://93.184.215.99":     "93.184.215.99:80 as 93.184.215.99",
			"http://93.184.215.63":     "curl: (7)",
			"http://93.184.215.128":    "curl: (7)",
			"http://host.banger:5432":  "curl: (7)",
			"https://93.184.215.64":    "93.184.215.64:443 as 93.184.215.64 SNI ",
			"http://alias.example.com": "curl: (6)",
		},
		"allow=10.0.0.5,fd00::/64,example.org": {
			"http://10.0.0.5":    "10.0.0.5:80 as 10.0.0.5",
			"http://10.0.0.6":    "curl: (7)",
			"http://example.org": "93.184.215.17:80 as example.org",
		},
	} {
		t.Run(policy, func(t *testing.T) {
			o.allow(t, policy)
			for url, want := range urls {
				if r := o.in(t, o.vm.Name, strings.ReplaceAll(where, "%", url)); !strings.HasPrefix(r.Stdout, want) {
					t.Errorf("%s: %q, want %q", url, r.Stdout, want)
				}
			}
		})
	}
}
