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
		do: func(ctx context.Context, c *client.Client, ref string) error {
			_, err := c.PauseVM(ctx, ref)
			return err
		},
	}.command(a, &cobra.Command{
		Short: "make VMs stand still",
		Long: `Make VMs stand still, with everything in them, side by side. They keep their memory and take no processor time; vm resume
lets them go on. A VM that stands still is not stopped for being idle.`,
		Example: "  banger vm pause web\n  banger vm resume web",
	})
}

func newResumeCommand(a *app) *cobra.Command {
	return lifecycle{
		verb: "resume", all: "every VM that is paused", fits: inState("paused"),
		do: func(ctx context.Context, c *client.Client, ref string) error {
			_, err := c.ResumeVM(ctx, ref)
			return err
		},
	}.command(a, &cobra.Command{
		Short: "let paused VMs go on",
		Long: `Let VMs go on that vm pause has made stand still, side by side. Their clocks are set to the time of now, and their random
numbers are seeded anew.`,
		Example: "  banger vm resume web",
	})
}

func inState(state string) func(api.VM) bool {
	return func(vm api.VM) bool { return vm.State == state }
}
