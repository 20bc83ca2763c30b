package network

import (
	"testing"

	"banger/internal/problem"
)

func TestCheckWithoutNames(t *testing.T) {
	for _, c := range []struct {
		policy, target, step, rule string
		allowed                    bool
	}{
		{"internet", "https://93.184.215.14", "tcp 93.184.215.14:443", "internet", true},
		{"internet", "http://[2606:2800::1]:8080/x", "tcp [2606:2800::1]:8080", "internet", true},
		{"internet", "10.0.0.5:22", "tcp 10.0.0.5:22", "forbidden:private", false},
		{"internet", "1.1.1.1:53/udp", "udp 1.1.1.1:53", "dns", false},
		{"internet", "ping://8.8.8.8", "icmp 8.8.8.8", "internet", true},
		{"none", "ssh://93.184.215.14", "tcp 93.184.215.14:22", "none", false},
		{"none", "https://example.org", "example.org", "none", false},
		{"internet", "93.184.215.14", "tcp 93.184.215.14:443", "internet", true},
		{"allow=github.com", "https://example.org", "example.org", "not-allowed", false},
		{"host-ports=5432", "host.banger:5432", "tcp 172.16.0.1:5432", "host-ports=5432", true},
		{"host-ports=5432", "host.banger:22", "tcp 172.16.0.1:22", "host", false},
		{"internet", "172.16.0.9:80", "tcp 172.16.0.9:80", "other-vm", false},
	} {
		f, err := Check(t.Context(), rules(t, c.policy), c.target)
		if err != nil || f.Allowed != c.allowed {
			t.Errorf("%s, %s: %+v, %v", c.policy, c.target, f, err)
			continue
		}
		var found bool
		for _, s := range f.Steps {
			found = found || s.Subject == c.step && s.Rule == c.rule && s.Allowed == c.allowed && s.Text != ""
		}
		if !found {
			t.Errorf("%s, %s: %+v, want %q by %q", c.policy, c.target, f.Steps, c.step, c.rule)
		}
	}
}

func TestTargetsThatAreNone(t *testing.T) {
	for _, target := range []string{"", "tcp://example.org", "gopher://example.org", "https://", "http://x:99999", "tcp://1.1.1.1", "http://%zz", "\x1b[2J"} {
		if _, err := Check(t.Context(), rules(t, "internet"), target); problem.CodeOf(err) != problem.Invalid || problem.RemedyOf(err) == "" {
			t.Errorf("%q: %v", target, err)
		}
	}
}
