package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/client"
)

func newDeleteCommand(a *app) *cobra.Command {
	var force bool
	cmd := lifecycle{
		verb: "delete", all: "every VM", fits: anyVM,
		do: func(ctx context.Context, c *client.Client, ref string, _ client.Progress) error {
			return c.DeleteVM(ctx, ref, force)
		},
	}.command(a, &cobra.Command{
		Aliases: []string{"rm"},
		Short:   "delete VMs with their disks",
		Long: `Delete VMs, side by side, with everything on their disks. One that runs is refused without -f.

Snapshots stay: banger snapshot delete removes them. To power off and keep the disks, use banger vm stop; to delete every
VM that does not run, banger vm prune.`,
		Example: "  banger vm delete web\n  banger vm rm -f --all",
	})
	cmd.Flags().BoolVarP(&force, "force", "f", false, "running ones too; their guests are not asked")
	return cmd
}
