package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newPruneCommand(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "delete every VM that does not run",
		Long: `Delete every VM that does not run, with its disks, after showing them and asking. Without a terminal there is nobody to
ask: say -f.

VMs that run and snapshots stay. banger vm delete deletes by name; what banger can make anew is removed by
banger system prune.`,
		Example: "  banger vm prune\n  banger vm prune -f",
		Args:    noArgs,
	}
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error { return runPrune(ctx, a, force) })
	cmd.Flags().BoolVarP(&force, "force", "f", false, "do not ask")
	return cmd
}

func runPrune(ctx context.Context, a *app, force bool) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.VMs(ctx)
	if err != nil {
		return err
	}
	var idle []api.VM
	var names []string
	ids := map[string]string{}
	for _, vm := range list.VMs {
		if idleVM(vm) {
			idle, names, ids[vm.Name] = append(idle, vm), append(names, vm.Name), vm.ID
		}
	}
	if len(idle) == 0 {
		a.notice("every VM runs: nothing to delete")
		return nil
	}
	if err := a.confirm(ctx, force, vmTable(idle, time.Now()), "Delete these VMs and their disks?"); err != nil {
		return err
	}
	// By id and without force: one that got the name meanwhile is not meant, one that was started is refused.
	return a.runBatch(ctx, batch{"delete", func(ctx context.Context, name string, _ client.Progress) error {
		return c.DeleteVM(ctx, ids[name], false)
	}}, names)
}
