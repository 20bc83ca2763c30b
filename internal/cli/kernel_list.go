package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
)

func newKernelListCommand(a *app) *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "list kernels",
		Long:    "List kernels by name. SIZE is what a kernel takes on the disk, its modules included.",
		Example: "  banger kernel list",
		Args:    noArgs,
		RunE:    a.run(func(ctx context.Context, _ []string) error { return runKernelList(ctx, a, quiet) }),
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "names only")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runKernelList(ctx context.Context, a *app, quiet bool) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.Kernels(ctx)
	if err != nil {
		return err
	}
	switch {
	case a.json:
		return a.printJSON(list)
	case quiet:
		return printIDs(a, list.Kernels, func(kernel api.Kernel) string { return kernel.Name })
	}
	return a.print(kernelTable(list.Kernels, time.Now()).text(width(a.Stdout)))
}

func kernelTable(kernels []api.Kernel, now time.Time) *table {
	t := newTable("NAME~", "RELEASE~", "VERSION~", "SIZE", "CREATED")
	for _, kernel := range kernels {
		t.add(kernel.Name, kernel.Release, kernel.Version, bytesOf(kernel.Size), age(kernel.Created, now))
	}
	return t
}
