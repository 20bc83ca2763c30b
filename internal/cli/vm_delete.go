package cli

import (
	"context"

	"github.com/spf13/cobra"
)

type deleteOptions struct{ all, force bool }

func newDeleteCommand(a *app) *cobra.Command {
	var o deleteOptions
	cmd := &cobra.Command{
		Use:               "delete REF... | --all",
		Aliases:           []string{"rm"},
		Short:             "delete VMs with their disks",
		Long:              "Delete VMs side by side, with everything on their disks. One that runs is refused without -f.",
		Example:           "  banger vm delete web\n  banger vm rm -f --all",
		ValidArgsFunction: a.complete(vmNames(anyVM), true),
		RunE:              a.run(func(ctx context.Context, refs []string) error { return runDelete(ctx, a, o, refs) }),
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "every VM")
	cmd.Flags().BoolVarP(&o.force, "force", "f", false, "running ones too; their guests are not asked")
	return cmd
}

func runDelete(ctx context.Context, a *app, o deleteOptions, refs []string) error {
	if err := refsOrAll(o.all, refs); err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if refs, err = chosen(ctx, c, o.all, refs, anyVM); err != nil {
		return err
	}
	return a.runBatch(ctx, batch{"delete", func(ctx context.Context, ref string) error {
		return c.DeleteVM(ctx, ref, o.force)
	}}, refs)
}
