package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/client"
)

func newKernelDeleteCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "delete NAME...",
		Aliases: []string{"rm"},
		Short:   "delete kernels that no VM uses",
		Long: `Delete kernels. One that a VM uses is refused; the others are deleted all the same.

VMs are deleted by banger vm delete. The default kernel comes back by itself when a VM needs it.`,
		Example:           "  banger kernel delete mine",
		Args:              someArgs("at least one kernel"),
		ValidArgsFunction: a.complete(a.kernelNames, true),
		RunE:              a.run(func(ctx context.Context, names []string) error { return runKernelDelete(ctx, a, names) }),
	}
}

func runKernelDelete(ctx context.Context, a *app, names []string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return a.runBatch(ctx, batch{"delete kernel", func(ctx context.Context, name string, _ client.Progress) error {
		return c.DeleteKernel(ctx, name)
	}}, names)
}
