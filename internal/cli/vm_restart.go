package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/client"
)

func newRestartCommand(a *app) *cobra.Command {
	var timeout patience
	cmd := lifecycle{
		verb: "restart", all: "every VM that runs", fits: runningVM, check: timeout.check,
		do: func(ctx context.Context, c *client.Client, ref string, progress client.Progress) error {
			started, err := c.RestartVM(ctx, ref, time.Duration(timeout), progress)
			a.notices(started.Notices)
			return err
		},
	}.command(a, &cobra.Command{
		Short: "power VMs off and start them again",
		Long: `Power VMs off, as banger vm stop does, and start them again, side by side. One that does not run is only started. What
banger vm set has changed counts from here on.

It does not bring an earlier state back: banger vm restore does.`,
		Example: "  banger vm restart web",
	})
	timeout.addFlag(cmd)
	return cmd
}
