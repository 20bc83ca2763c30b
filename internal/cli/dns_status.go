package cli

import (
	"context"
	"net/netip"

	"github.com/spf13/cobra"

	"banger/internal/resolved"
)

func newDNSStatusCommand(a *app) *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "say whether this host's programs find VMs by name",
		Long: `Say whether the daemon answers for names of VMs, whether systemd-resolved has been told of it, and whether this host's programs find
NAME.vm. Server and host are both asked for a name that only banger knows, _banger.vm. Nothing is changed, and no daemon is started.

What is missing is mostly done by banger dns install.

Exit status: 0 when this host's programs find VMs by name, 1 when they do not, 2 for wrong usage.`,
		Example: "  banger dns status\n  banger dns status --json",
		Args:    noArgs,
		RunE:    a.run(func(ctx context.Context, _ []string) error { return runDNSStatus(ctx, a, root) }),
	}
	addRoot(cmd, &root, "look for the files below this folder")
	a.addJSON(cmd, "print as JSON")
	return cmd
}

// dnsStatus is how names of VMs get from the daemon to this host's programs.
type dnsStatus struct {
	Listen   string         `json:"listen,omitempty"`  // the daemon's server; empty: it is off
	Problem  string         `json:"problem,omitempty"` // why it does not answer
	Files    resolved.State `json:"files"`             // of banger dns install
	Resolves bool           `json:"resolves"`          // this host's programs find VMs by name
	Why      string         `json:"why,omitempty"`     // they do not
}

func runDNSStatus(ctx context.Context, a *app, root string) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	s := dnsStatus{Listen: c.Status().DNS.Listen, Problem: c.Status().DNS.Problem}
	if s.Files, err = stateOfFiles(root, s.Listen); err != nil {
		return err
	}
	if s.Listen != "" && s.Problem == "" {
		if err := probe(ctx, resolverAt(s.Listen)); err != nil {
			s.Problem = err.Error()
		}
	}
	err = probe(ctx, a.hostResolver())
	if s.Resolves = err == nil; !s.Resolves {
		s.Why = err.Error()
	}
	if err := a.showDNS(s); err != nil {
		return err
	}
	if !s.Resolves {
		return exitStatus(statusFailed)
	}
	return nil
}

// stateOfFiles is for the daemon's server; one that is off has no right files.
func stateOfFiles(root, listen string) (resolved.State, error) {
	host, err := resolved.Open(root)
	if err != nil {
		return "", err
	}
	defer host.Close()
	server, _ := netip.ParseAddrPort(listen)
	state, _, err := host.State(server)
	return state, err
}

func (a *app) showDNS(s dnsStatus) error {
	if a.json {
		return a.printJSON(s)
	}
	if err := a.print(dnsFacts(s).text(a.style(a.Stdout))); err != nil {
		return err
	}
	if next := s.next(); next != "" {
		a.notice(next)
	}
	return nil
}

func dnsFacts(s dnsStatus) facts {
	var f facts
	f.add("server", first(s.Listen, "off"))
	if s.Listen != "" {
		f.add("answers", first(s.Problem, "yes"))
	}
	f.add("systemd-resolved", map[resolved.State]string{
		resolved.Absent: "has not been told", resolved.Current: "has been told", resolved.Stale: "has been told of another server",
		resolved.Foreign: "has a file of the same name that is not banger's",
	}[s.Files])
	if s.Resolves {
		f.add("this host", "finds NAME.vm")
	} else {
		f.add("this host", "does not find NAME.vm: "+s.Why)
	}
	return f
}

// next is what to do where names do not resolve.
func (s dnsStatus) next() string {
	switch {
	case s.Resolves:
		return ""
	case s.Listen == "":
		return "the setting dns_listen is off; with an address there, the next daemon answers for names"
	case s.Problem != "":
		return "end what else listens there, or set dns_listen to another address; then banger daemon stop, and the next command starts it again"
	case s.Files == resolved.Current:
		return "sudo systemctl restart systemd-resolved, if it does not know of the files yet"
	}
	return "banger dns install has systemd-resolved ask there, or says what to do for another resolver"
}
