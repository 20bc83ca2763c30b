package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newPauseCommand(a *app) *cobra.Command {
	return lifecycle{
		verb: "pause", all: "every VM that runs", fits: inState("running"),
		do: func(ctx context.Context, c *client.Client, ref string, _ client.Progress) error {
			_, err := c.PauseVM(ctx, ref)
			return err
		},
	}.command(a, &cobra.Command{
		Short: "freeze VMs, with what is in their memory",
		Long: `Freeze VMs, with everything in them, side by side. They keep their memory and take no processor time; banger vm resume
lets them go on. One that is paused is not stopped for being idle.

It frees no memory: banger vm stop does. Nothing is saved: banger vm snapshot does that.`,
		Example: "  banger vm pause web\n  banger vm resume web",
	})
}

func newResumeCommand(a *app) *cobra.Command {
	return lifecycle{
		verb: "resume", all: "every VM that is paused", fits: inState("paused"),
		do: func(ctx context.Context, c *client.Client, ref string, _ client.Progress) error {
			_, err := c.ResumeVM(ctx, ref)
			return err
		},
	}.command(a, &cobra.Command{
		Short: "let paused VMs go on",
		Long: `Let VMs go on that banger vm pause has frozen, side by side. Their clocks are set to the time of now, and their random
numbers are seeded anew.

One that is powered off is started by banger vm start.`,
		Example: "  banger vm resume web",
	})
}

func inState(state string) func(api.VM) bool {
	return func(vm api.VM) bool { return vm.State == state }
}
