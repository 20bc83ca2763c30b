package cli

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"banger/api"
)

func newKernelShowCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "show one kernel in full",
		Long: `Show one kernel in full: where it came from, its files' sha256, and its options (y built in, m a module).

Which kernel a VM boots is in banger vm show.`,
		Example:           "  banger kernel show debian-cloud",
		Args:              oneArg("one kernel"),
		ValidArgsFunction: a.complete(a.kernelNames, false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runKernelShow(ctx, a, args[0]) }),
	}
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runKernelShow(ctx context.Context, a *app, name string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	kernel, err := c.Kernel(ctx, name)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(kernel)
	}
	return a.print(kernelFacts(kernel).text(a.style(a.Stdout)))
}

func kernelFacts(kernel api.Kernel) facts {
	var f facts
	f.add("name", kernel.Name)
	f.add("release", kernel.Release)
	f.add("version", kernel.Version)
	f.add("source", kernel.Source)
	f.add("size", bytesOf(kernel.Size))
	f.add("created", moment(kernel.Created))
	for _, name := range slices.Sorted(maps.Keys(kernel.Options)) {
		f.add("option "+plain(name), kernel.Options[name])
	}
	for _, name := range slices.Sorted(maps.Keys(kernel.Files)) {
		f.add("file "+plain(name), kernel.Files[name])
	}
	return f
}
