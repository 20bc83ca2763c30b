package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"banger/client"
)

// killSignals are those that the daemon sends to an engine.
var killSignals = []string{"KILL", "TERM", "INT", "QUIT", "HUP"}

func newKillCommand(a *app) *cobra.Command {
	var given, signal string
	cmd := lifecycle{
		verb: "kill", all: "every VM that runs", fits: liveVM,
		check: func() error {
			signal = strings.TrimPrefix(strings.ToUpper(given), "SIG")
			if !slices.Contains(killSignals, signal) {
				return usage("--signal %q is not a signal for an engine", given).hint("it is one of %s", strings.Join(killSignals, ", "))
			}
			return nil
		},
		do: func(ctx context.Context, c *client.Client, ref string, _ client.Progress) error {
			_, err := c.KillVM(ctx, ref, signal)
			return err
		},
	}.command(a, &cobra.Command{
		Short: "end VMs at once, without asking their guests",
		Long: `End VMs at once, side by side, like pulling the plug: what the guest has not written to its disks is lost.

The VMs themselves stay: banger vm delete -f removes them. banger vm stop asks the guest first. To end a program in a
VM, use banger vm exec REF -- kill PID.`,
		Example: "  banger vm kill web",
	})
	cmd.Flags().StringVar(&given, "signal", "KILL", "`SIGNAL`, one of "+strings.Join(killSignals, ", "))
	return cmd
}
