package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/client"
)

func newStartCommand(a *app) *cobra.Command {
	return lifecycle{
		verb: "start", all: "every VM that does not run", fits: idleVM,
		do: func(ctx context.Context, c *client.Client, ref string, progress client.Progress) error {
			started, err := c.StartVM(ctx, ref, progress)
			a.notices(started.Notices)
			return err
		},
	}.command(a, &cobra.Command{
		Short: "start VMs that are powered off",
		Long: `Start VMs that do not run, side by side, and return when their guests are ready. Names are printed in the order
given; when one fails, the others go on.

It makes no VM: banger run and banger vm create do. One that is paused goes on by banger vm resume.`,
		Example: "  banger vm start web db",
	})
}
