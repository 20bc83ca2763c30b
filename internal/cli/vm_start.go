package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/client"
)

func newStartCommand(a *app) *cobra.Command {
	return lifecycle{
		verb: "start", all: "every VM that does not run", fits: idleVM,
		do: func(ctx context.Context, c *client.Client, ref string) error {
			_, err := c.StartVM(ctx, ref, nil)
			return err
		},
	}.command(a, &cobra.Command{
		Short: "start VMs",
		Long: `Start VMs side by side. A REF is a name, an id, or the beginning of an id that no other has.
Names are printed in the order given as the VMs become ready; when one fails, the others go on.`,
		Example: "  banger vm start web db",
	})
}
