package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newDaemonStartCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "start",
		Short: "start the daemon if it does not run",
		Long: `Start the daemon if it does not run, or replace one that is older than this program.

It starts no VM: banger vm start does. It is seldom needed: every command that needs the daemon starts it.`,
		Example: "  banger daemon start",
		Args:    noArgs,
		RunE:    a.run(func(ctx context.Context, _ []string) error { return runDaemonStart(ctx, a) }),
	}
}

func runDaemonStart(ctx context.Context, a *app) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	a.notice(fmt.Sprintf("the daemon runs as process %d", c.Status().PID))
	return nil
}
