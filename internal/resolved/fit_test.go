package resolved

import (
	"strings"
	"testing"

	"banger/internal/problem"
)

func TestFit(t *testing.T) {
	for name, change := range map[string]func(world){
		"as Debian has it":     func(world) {},
		"an absolute link":     func(w world) { w.link("/run/systemd/resolve/stub-resolv.conf", "etc/resolv.conf") },
		"a file with the same": func(w world) { w.drop("etc/resolv.conf"); w.put("etc/resolv.conf", "nameserver 127.0.0.53\n") },
		"banger's own file":    func(w world) { w.put(dropIn, text()) },
		"a server taken back":  func(w world) { w.put("etc/systemd/resolved.conf.d/a.conf", "[Resolve]\nDNS=192.0.2.1\nDNS=\n") },
		"another section":      func(w world) { w.put("etc/systemd/resolved.conf.d/a.conf", "[Other]\nDNS=192.0.2.1\n") },
		"no configuration":     func(w world) { w.put("etc/systemd/resolved.conf.d/a.txt", "[Resolve]\nDNS=192.0.2.1\n") },
		"DNSSEC where it is possible": func(w world) {
			w.put("etc/systemd/resolved.conf", "[Resolve]\nDNSSEC=allow-downgrade\nDNSOverTLS=opportunistic\n")
		},
		"a vendor's yes, our no": func(w world) {
			w.put("usr/lib/systemd/resolved.conf.d/a.conf", "[Resolve]\nDNSOverTLS=yes\n")
			w.put("etc/systemd/resolved.conf.d/b.conf", "[Resolve]\nDNSOverTLS=no\n")
		},
		"a vendor's file that is masked": func(w world) {
			w.put("usr/lib/systemd/resolved.conf.d/a.conf", "[Resolve]\nDNS=192.0.2.1\n")
			w.link("/dev/null", "etc/systemd/resolved.conf.d/a.conf")
		},
		"a vendor's main file that is replaced": func(w world) { w.put("usr/lib/systemd/resolved.conf", "[Resolve]\nDNS=192.0.2.1\n") },
	} {
		w := usingResolved(t)
		change(w)
		if err := w.Fit(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnfit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(world)
		want   string
	}{
		"nothing of resolved's": {func(w world) { w.drop("run"); w.drop("etc") }, "do not ask systemd-resolved"},
		"resolved does not run": {func(w world) {
			w.drop(stub)
			w.drop("etc/resolv.conf")
			w.put("etc/resolv.conf", "nameserver 127.0.0.53\n")
		}, "do not ask"},
		"another's resolv.conf": {func(w world) { w.drop("etc/resolv.conf"); w.put("etc/resolv.conf", "nameserver 192.0.2.53\n") }, "do not ask"},
		"programs ask upstream": {func(w world) { w.link("../run/systemd/resolve/resolv.conf", "etc/resolv.conf") }, "do not ask"},
		"a server for all":      {func(w world) { w.put("etc/systemd/resolved.conf", "[Resolve]\nDNS = 192.0.2.1\n") }, "(/etc/systemd/resolved.conf)"},
		"a vendor's server":     {func(w world) { w.put("usr/lib/systemd/resolved.conf.d/v.conf", "[Resolve]\nDNS=192.0.2.1\n") }, "(/usr/lib/systemd/resolved.conf.d/v.conf)"},
		"one, and banger's": {func(w world) {
			w.put(dropIn, text())
			w.put("run/systemd/resolved.conf.d/x.conf", "[Resolve]\nDNS=192.0.2.1\n")
		}, "(/run/systemd/resolved.conf.d/x.conf)"},
		"all domains":               {func(w world) { w.put("etc/systemd/resolved.conf.d/a.conf", "[Resolve]\nDomains=~.\n") }, "for ~., as /etc/systemd/resolved.conf.d/a.conf says"},
		"TLS":                       {func(w world) { w.put("etc/systemd/resolved.conf.d/a.conf", "[Resolve]\nDNSOverTLS=true\n") }, "DNSOverTLS=true"},
		"only built-in servers":     {func(w world) { w.put(servers, "# No DNS servers known.\n") }, "would be the only one"},
		"a link that leads nowhere": {func(w world) { w.link("../../../nothing", "etc/resolv.conf") }, "do not ask"},
	} {
		w := usingResolved(t)
		c.change(w)
		if err := w.Fit(); problem.CodeOf(err) != problem.Unavailable || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
