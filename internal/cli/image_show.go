package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func newImageShowCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "show one image in full",
		Long: `Show one image in full: its id, size and files.

What a VM is made from is in banger vm show.`,
		Example:           "  banger image show debian-bookworm",
		Args:              oneArg("one image"),
		ValidArgsFunction: a.complete(a.imageNames, false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runImageShow(ctx, a, args[0]) }),
	}
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runImageShow(ctx context.Context, a *app, name string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	image, err := c.Image(ctx, name)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(image)
	}
	var f facts
	f.add("id", image.ID)
	f.add("name", image.Name)
	f.add("size", bytesOf(image.Size))
	f.add("path", image.Path)
	if !image.Managed {
		f.add("files", "not banger's; deleting the image leaves them")
	}
	f.add("created", moment(image.Created))
	return a.print(f.text(a.style(a.Stdout)))
}
