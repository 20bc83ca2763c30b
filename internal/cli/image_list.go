package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newImageListCommand(a *app) *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "list images",
		Long: `List images, oldest first: the root file systems that VMs are made from. SIZE is what an image takes on the disk.

VMs are listed by banger ps and banger vm list, what was saved of them by banger snapshot list.`,
		Example: "  banger image list\n  banger image list --json",
		Args:    noArgs,
		RunE:    a.run(func(ctx context.Context, _ []string) error { return runImageList(ctx, a, quiet) }),
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "ids only")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runImageList(ctx context.Context, a *app, quiet bool) error {
	return a.asking(ctx, func(c *client.Client) error {
		list, err := c.Images(ctx)
		if err != nil {
			return err
		}
		l := listing[api.Image]{quiet, func(v api.Image) string { return v.ID }, func(all []api.Image) *table { return imageTable(all, time.Now()) }}
		return l.print(a, list, list.Images)
	})
}

func imageTable(images []api.Image, now time.Time) *table {
	t := newTable("ID", "NAME~", "SIZE", "CREATED")
	for _, image := range images {
		t.add(shortID(image.ID), image.Name, bytesOf(image.Size), age(image.Created, now))
	}
	return t
}
