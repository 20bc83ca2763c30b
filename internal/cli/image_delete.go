package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/client"
)

func newImageDeleteCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "delete NAME...",
		Aliases: []string{"rm"},
		Short:   "delete images that no VM uses",
		Long: `Delete images. One that a VM uses is refused; the others are deleted all the same.

VMs are deleted by banger vm delete, templates by banger system prune.`,
		Example:           "  banger image delete dev",
		Args:              someArgs("at least one image"),
		ValidArgsFunction: a.complete(a.imageNames, true),
		RunE:              a.run(func(ctx context.Context, names []string) error { return runImageDelete(ctx, a, names) }),
	}
}

func runImageDelete(ctx context.Context, a *app, names []string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return a.runBatch(ctx, batch{"delete image", func(ctx context.Context, name string, _ client.Progress) error {
		return c.DeleteImage(ctx, name)
	}}, names)
}
