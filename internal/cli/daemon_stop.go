package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/client"
)

func newDaemonStopCommand(a *app) *cobra.Command {
	var vms bool
	cmd := &cobra.Command{
		Use:   "stop",
		Short: "stop the daemon; VMs run on",
		Long: `Stop the daemon and wait for its end. VMs run on, and the next daemon finds them; --vms stops them first.

To stop VMs and not the daemon, use banger vm stop.`,
		Args: noArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error { return runDaemonStop(ctx, a, vms) }),
	}
	cmd.Flags().BoolVar(&vms, "vms", false, "stop every VM first")
	return cmd
}

func runDaemonStop(ctx context.Context, a *app, vms bool) error {
	c, err := a.dial(ctx)
	if client.IsNoDaemon(err) {
		a.notice("no daemon is running")
		return nil
	}
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = watch(ctx, a, "stop the daemon", func(progress client.Progress) (struct{}, error) {
		return struct{}{}, c.StopDaemon(ctx, vms, progress)
	})
	return err
}
