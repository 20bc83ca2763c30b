package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newSnapshotCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "snapshot REF NAME",
		Short: "save a VM as it is now, under a name",
		Long: `Save a VM as it is now, under NAME: its disks, and its memory when it runs. It stands still for that, as shortly as
possible, and goes on. The snapshot stays when the VM is deleted.

It makes no second VM: banger vm fork does. banger vm restore goes back to a snapshot, banger snapshot list shows them all.`,
		Example:           "  banger vm snapshot web before-upgrade",
		Args:              twoArgs("a VM and a name"),
		ValidArgsFunction: a.complete(vmNames(anyVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runSnapshot(ctx, a, args[0], args[1]) }),
	}
}

func runSnapshot(ctx context.Context, a *app, ref, name string) error {
	if err := validName(name); err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	snap, err := watch(ctx, a, "snapshot "+ref, func(progress client.Progress) (api.Snapshot, error) {
		return c.SnapshotVM(ctx, ref, name, progress)
	})
	if err != nil {
		return err
	}
	return a.print(plain(snap.Name) + "\n")
}
