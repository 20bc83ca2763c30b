package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newSystemDiskCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "df",
		Short: "say what banger takes on the disk",
		Long: `Say what banger takes on the disk, by kind. RECLAIMABLE is what banger system prune gives back.

It deletes nothing. VMs, images, kernels and snapshots are only deleted by name: banger vm delete, image delete, kernel
delete, snapshot delete.`,
		Example: "  banger system df",
		Args:    noArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error {
			return a.asking(ctx, func(c *client.Client) error {
				usage, err := diskUsage(ctx, a, c)
				switch {
				case err != nil:
					return err
				case a.json:
					return a.printJSON(usage)
				}
				return a.print(usageTable(usage).text(a.style(a.Stdout)) +
					fmt.Sprintf("\n%s of %s are free on that disk.\n", bytesOf(usage.Free), bytesOf(usage.Total)))
			})
		}),
	}
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func diskUsage(ctx context.Context, a *app, c *client.Client) (api.DiskUsage, error) {
	return watch(ctx, a, "add up what is on the disk", func(client.Progress) (api.DiskUsage, error) { return c.DiskUsage(ctx) })
}

func usageTable(usage api.DiskUsage) *table {
	t := newTable("WHAT", "COUNT", "SIZE", "RECLAIMABLE")
	for _, item := range usage.Items {
		t.add(item.Kind, strconv.Itoa(item.Count), bytesOf(item.Size), bytesOf(item.Reclaimable))
	}
	return t
}

func newSystemPruneCommand(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "remove what banger can make anew",
		Long: `Remove what banger can make anew, after showing what that is and asking: the templates that VMs are forked from, so that the
next VM of each shape boots, and what is old in the cache.

VMs, images, kernels and snapshots stay, and VMs that run go on. banger vm prune deletes the VMs that do not run.`,
		Example: "  banger system prune\n  banger system prune -f",
		Args:    noArgs,
	}
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		return a.asking(ctx, func(c *client.Client) error { return runSystemPrune(ctx, a, c, force) })
	})
	cmd.Flags().BoolVarP(&force, "force", "f", false, "do not ask")
	return cmd
}

func runSystemPrune(ctx context.Context, a *app, c *client.Client, force bool) error {
	usage, err := diskUsage(ctx, a, c)
	if err != nil {
		return err
	}
	if err := a.confirm(ctx, force, usageTable(usage), "Remove what is reclaimable?"); err != nil {
		return err
	}
	pruned, err := watch(ctx, a, "remove what can be made anew", func(progress client.Progress) (api.Pruned, error) { return c.Prune(ctx, progress) })
	if err != nil {
		return err
	}
	a.notice(bytesOf(pruned.Freed) + " were freed")
	return nil
}
