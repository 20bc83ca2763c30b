package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
)

func newImageListCommand(a *app) *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "list images",
		Long:    "List images, oldest first. SIZE is what an image takes on the disk.",
		Example: "  banger image list\n  banger image list --json",
		Args:    noArgs,
		RunE:    a.run(func(ctx context.Context, _ []string) error { return runImageList(ctx, a, quiet) }),
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "ids only")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runImageList(ctx context.Context, a *app, quiet bool) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.Images(ctx)
	if err != nil {
		return err
	}
	switch {
	case a.json:
		return a.printJSON(list)
	case quiet:
		return printIDs(a, list.Images, func(image api.Image) string { return image.ID })
	}
	return a.print(imageTable(list.Images, time.Now()).text(width(a.Stdout)))
}

func imageTable(images []api.Image, now time.Time) *table {
	t := newTable("ID", "NAME~", "SIZE", "CREATED")
	for _, image := range images {
		t.add(shortID(image.ID), image.Name, bytesOf(image.Size), age(image.Created, now))
	}
	return t
}
