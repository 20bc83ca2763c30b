package cli

import (
	"context"

	"github.com/spf13/cobra"
)

type startOptions struct{ all bool }

func newStartCommand(a *app) *cobra.Command {
	var o startOptions
	cmd := &cobra.Command{
		Use:   "start REF... | --all",
		Short: "start VMs",
		Long: `Start VMs side by side. A REF is a name, an id, or the beginning of an id that no other has.
Names are printed in the order given as the VMs become ready; when one fails, the others go on.`,
		Example:           "  banger vm start web db",
		ValidArgsFunction: a.complete(vmNames(idleVM), true),
		RunE:              a.run(func(ctx context.Context, refs []string) error { return runStart(ctx, a, o, refs) }),
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "every VM that does not run")
	return cmd
}

func runStart(ctx context.Context, a *app, o startOptions, refs []string) error {
	if err := refsOrAll(o.all, refs); err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if refs, err = chosen(ctx, c, o.all, refs, idleVM); err != nil {
		return err
	}
	return a.runBatch(ctx, batch{"start", func(ctx context.Context, ref string) error {
		_, err := c.StartVM(ctx, ref, nil)
		return err
	}}, refs)
}
