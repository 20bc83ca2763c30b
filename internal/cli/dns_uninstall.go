package cli

import (
	"context"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"banger/internal/resolved"
)

func newDNSUninstallCommand(a *app) *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "undo banger dns install",
		Long: `Remove the files that banger dns install has written, and have systemd-resolved go on without them. It needs root when there are any. A file
of the same name that is not banger's is left alone, and is an error.

VMs and their addresses stay: banger vm ports has them.`,
		Example: "  sudo banger dns uninstall",
		Args:    noArgs,
		RunE:    a.run(func(ctx context.Context, _ []string) error { return runDNSUninstall(ctx, a, root) }),
	}
	addRoot(cmd, &root, "remove them below this folder; it takes no root, and nothing is restarted")
	return cmd
}

func runDNSUninstall(ctx context.Context, a *app, root string) error {
	host, err := resolved.Open(root)
	if err != nil {
		return err
	}
	defer host.Close()
	state, _, err := host.State(netip.AddrPort{})
	switch {
	case err != nil:
		return err
	case state == resolved.Absent:
		a.notice("nothing is installed")
		return nil
	case state != resolved.Foreign:
		if err := mustBeRoot(root, "dns", "uninstall"); err != nil {
			return err
		}
	}
	removed, err := host.Uninstall()
	if len(removed) > 0 {
		a.notice("removed " + strings.Join(removed, " and "))
	}
	if err != nil || root != hostRoot {
		return err
	}
	a.catch(ctx)
	return resolved.Reload(ctx)
}
