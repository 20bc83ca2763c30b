package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/client"
)

func newSnapshotDeleteCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "delete NAME...",
		Aliases: []string{"rm"},
		Short:   "delete snapshots",
		Long: `Delete snapshots. The VMs that they are of stay as they are.

VMs are deleted by banger vm delete.`,
		Example:           "  banger snapshot delete before-upgrade",
		Args:              someArgs("at least one snapshot"),
		ValidArgsFunction: a.complete(a.snapshotNames, true),
		RunE:              a.run(func(ctx context.Context, names []string) error { return runSnapshotDelete(ctx, a, names) }),
	}
}

func runSnapshotDelete(ctx context.Context, a *app, names []string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return a.runBatch(ctx, batch{"delete snapshot", func(ctx context.Context, name string, _ client.Progress) error {
		return c.DeleteSnapshot(ctx, name)
	}}, names)
}
