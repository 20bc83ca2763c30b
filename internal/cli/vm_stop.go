package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/client"
)

// patience is --timeout of the commands that power guests off.
type patience time.Duration

func (p *patience) addFlag(cmd *cobra.Command) {
	cmd.Flags().DurationVar((*time.Duration)(p), "timeout", 0, "`TIME` after which a guest is killed, such as 30s (default 10s)")
}

func (p *patience) check() error {
	if *p < 0 {
		return usage("--timeout %v is negative", time.Duration(*p))
	}
	return nil
}

func newStopCommand(a *app) *cobra.Command {
	var timeout patience
	cmd := lifecycle{
		verb: "stop", all: "every VM that runs", fits: runningVM, check: timeout.check,
		do: func(ctx context.Context, c *client.Client, ref string, progress client.Progress) error {
			_, err := c.StopVM(ctx, ref, time.Duration(timeout), progress)
			return err
		},
	}.command(a, &cobra.Command{
		Short: "power VMs off; their disks stay",
		Long: `Power VMs off, side by side: the guest writes its file systems and ends. One that has not ended in time is killed.

Nothing is deleted: banger vm start boots it again, banger vm delete removes it. banger vm pause keeps what is in
memory, banger vm kill does not ask the guest.`,
		Example: "  banger vm stop web db\n  banger vm stop --all",
	})
	timeout.addFlag(cmd)
	return cmd
}
