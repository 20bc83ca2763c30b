package resolved

import (
	"path"
	"slices"
	"strings"

	"banger/internal/problem"
)

// Resolved's own files, which it keeps as long as it runs: for programs that ask it, and with the servers that it asks.
const (
	stub    = "run/systemd/resolve/stub-resolv.conf"
	servers = "run/systemd/resolve/resolv.conf"
)

// stubAddress is where resolved listens for programs.
const stubAddress = "127.0.0.53"

// Fit is nil where the files would have programs find VMs by name, else a problem.Unavailable that says what is in its way.
func (h *Host) Fit() error {
	if _, err := h.root.Lstat(stub); err != nil || !slices.Contains(h.nameservers("etc/resolv.conf"), stubAddress) {
		return unfit("this host's programs do not ask systemd-resolved for names: /etc/resolv.conf does not lead to %s", stubAddress)
	}
	settings := h.configured()
	if own := settings["DNS"]; own.value != "" {
		return unfit("systemd-resolved has DNS servers for all names already (%s), and would ask only one of them and banger's", own.file)
	}
	if own := settings["Domains"]; own.value != "" {
		return unfit("systemd-resolved would ask banger's server also for %s, as %s says", own.value, own.file)
	}
	if s := settings["DNSOverTLS"]; slices.Contains([]string{"yes", "true", "on", "1"}, strings.ToLower(s.value)) {
		return unfit("systemd-resolved would speak TLS to banger's server, which does not: %s says DNSOverTLS=%s", s.file, s.value)
	}
	if len(h.nameservers(servers)) == 0 {
		return unfit("systemd-resolved has no DNS server from a network, so that banger's would be the only one, and it knows nothing but VMs")
	}
	return nil
}

func unfit(format string, args ...any) error {
	return problem.New(problem.Unavailable, format, args...)
}

// nameservers are those of a file like resolv.conf, which may be a link, also an absolute one.
func (h *Host) nameservers(name string) (all []string) {
	if target, err := h.root.Readlink(name); err == nil {
		if !path.IsAbs(target) {
			target = path.Join("/", path.Dir(name), target)
		}
		name = strings.TrimPrefix(path.Clean(target), "/")
	}
	text, _ := h.read(name) // none, then
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "nameserver" {
			all = append(all, words[1])
		}
	}
	return all
}
