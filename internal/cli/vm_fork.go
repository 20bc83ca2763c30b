package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newForkCommand(a *app) *cobra.Command {
	var count int
	cmd := &cobra.Command{
		Use:   "fork REF",
		Short: "make running copies of a running VM",
		Long: `Make copies of a VM that runs, with its memory and its disks of one moment, and print their names. The VM stands still for
that, as shortly as possible, and goes on.

Nothing is kept for later: banger vm snapshot does that. A VM from an image, and not from another VM, is made by
banger run.

Each copy has a name, an address, ids, random numbers and host keys of its own. What runs in the VM goes on in each
copy, except commands that somebody waits for (run, exec): they end there. Its connections are reset in the copy; ports
that were published stay the first one's.`,
		Example:           "  banger vm fork web --count 3",
		Args:              a.oneVM(runningVM),
		ValidArgsFunction: a.complete(vmNames(runningVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runFork(ctx, a, args[0], count) }),
	}
	cmd.Flags().IntVar(&count, "count", 1, "`N` copies, at most 100")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runFork(ctx context.Context, a *app, ref string, count int) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	forks, err := watch(ctx, a, "fork "+ref, func(progress client.Progress) (api.Forks, error) {
		return c.ForkVM(ctx, ref, count, progress)
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(forks)
	}
	a.notice(fmt.Sprintf("%s stood still for %.0f ms", ref, forks.PausedMillis))
	var names strings.Builder
	for _, vm := range forks.VMs {
		names.WriteString(plain(vm.Name) + "\n")
	}
	return a.print(names.String())
}
