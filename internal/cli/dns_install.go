package cli

import (
	"context"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"banger/internal/problem"
	"banger/internal/resolved"
)

type dnsInstallOptions struct {
	root, server string
	dryRun       bool
}

func newDNSInstallCommand(a *app) *cobra.Command {
	var o dnsInstallOptions
	cmd := &cobra.Command{
		Use:   "install",
		Short: "have this host's programs find VMs by name",
		Long: `Have this host's systemd-resolved ask banger's server for NAME.vm, by two files that are printed first. It needs root for that, once. Doing it
again changes nothing.

Where another resolver is at work, or systemd-resolved is set up in a way that this would break, nothing is written; what to write for dnsmasq,
NetworkManager and unbound is printed instead. It is undone by banger dns uninstall.`,
		Example: "  sudo banger dns install\n  banger dns install --dry-run\n  banger dns install --root ./package --server 127.0.0.1:42069",
		Args:    noArgs,
		RunE:    a.run(func(ctx context.Context, _ []string) error { return runDNSInstall(ctx, a, o) }),
	}
	addRoot(cmd, &o.root, "write below this folder; it takes no root, and nothing is looked at or restarted")
	cmd.Flags().StringVar(&o.server, "server", "", "address and port of banger's server; the setting dns_listen by default, which can be another for root")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "only print what would be written")
	return cmd
}

func runDNSInstall(ctx context.Context, a *app, o dnsInstallOptions) error {
	server, err := a.dnsServer(o.server)
	if err != nil {
		return err
	}
	host, err := resolved.Open(o.root)
	if err != nil {
		return err
	}
	defer host.Close()
	if o.root == hostRoot {
		if err := fit(ctx, host); err != nil {
			return a.recipe(server, err)
		}
	}
	if err := a.print(fileTexts(resolved.Files(server))); err != nil || o.dryRun {
		return err
	}
	if err := mustBeRoot(o.root, "dns", "install", "--server", server.String()); err != nil {
		return err
	}
	changed, err := host.Install(server)
	switch {
	case err != nil:
		return err
	case changed:
		a.notice("the files are written")
	default:
		a.notice("the files were there already")
	}
	if o.root != hostRoot {
		return nil
	}
	return reloadResolved(ctx, a)
}

// fit looks whether this host is one for the files.
func fit(ctx context.Context, host *resolved.Host) error {
	if err := host.Fit(); err != nil {
		return err
	}
	return resolved.Supported(ctx)
}

// recipe prints what can be done where the files cannot be installed, and gives why.
func (a *app) recipe(server netip.AddrPort, why error) error {
	if err := a.print(resolved.Recipe(server)); err != nil {
		return err
	}
	return problem.New(problem.CodeOf(why), "install nothing: %w", why).
		WithRemedy("what is printed above has another resolver ask banger's server")
}

// reloadResolved has what was written count, and says whether it works.
func reloadResolved(ctx context.Context, a *app) error {
	a.catch(ctx)
	if err := resolved.Reload(ctx); err != nil {
		return err
	}
	if err := probe(ctx, a.hostResolver()); err != nil {
		a.notice("systemd-resolved has read them, and does not reach banger's server: " + err.Error() + "; it serves while the daemon runs, and banger dns status says more")
		return nil
	}
	a.notice("this host's programs find NAME.vm now")
	return nil
}

// fileTexts shows files with their paths.
func fileTexts(files []resolved.File) string {
	var b strings.Builder
	for _, f := range files {
		b.WriteString(f.Path + ":\n\n")
		for line := range strings.Lines(f.Text) {
			b.WriteString("    " + line)
		}
		b.WriteString("\n")
	}
	return b.String()
}
