package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newKernelListCommand(a *app) *cobra.Command {
	var quiet, available bool
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "list kernels",
		Long: `List kernels by name. SIZE is what a kernel takes on the disk, its modules included.

With --available, list what the host's Debian archive has instead; banger kernel pull takes the first. HERE names the
kernels that were made from it.`,
		Example: "  banger kernel list\n  banger kernel list --available",
		Args:    noArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error {
			if available {
				return runKernelOffers(ctx, a, quiet)
			}
			return runKernelList(ctx, a, quiet)
		}),
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "names only")
	cmd.Flags().BoolVar(&available, "available", false, "what the host's archive has")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runKernelList(ctx context.Context, a *app, quiet bool) error {
	return a.asking(ctx, func(c *client.Client) error {
		list, err := c.Kernels(ctx)
		if err != nil {
			return err
		}
		l := listing[api.Kernel]{quiet, func(v api.Kernel) string { return v.Name }, func(all []api.Kernel) *table { return kernelTable(all, time.Now()) }}
		return l.print(a, list, list.Kernels)
	})
}

func kernelTable(kernels []api.Kernel, now time.Time) *table {
	t := newTable("NAME~", "RELEASE~", "VERSION~", "SIZE", "CREATED")
	for _, kernel := range kernels {
		t.add(kernel.Name, kernel.Release, kernel.Version, bytesOf(kernel.Size), age(kernel.Created, now))
	}
	return t
}

func runKernelOffers(ctx context.Context, a *app, quiet bool) error {
	return a.asking(ctx, func(c *client.Client) error {
		list, err := watch(ctx, a, "look for kernels", func(progress client.Progress) (api.KernelOffers, error) {
			return c.AvailableKernels(ctx, progress)
		})
		if err != nil {
			return err
		}
		l := listing[api.KernelOffer]{quiet, func(o api.KernelOffer) string { return o.Package }, offerTable}
		return l.print(a, list, list.Available)
	})
}

func offerTable(offers []api.KernelOffer) *table {
	t := newTable("RELEASE~", "VERSION~", "PACKAGE~", "HERE~")
	for _, offer := range offers {
		t.add(offer.Release, offer.Version, offer.Package, strings.Join(offer.Kernels, ","))
	}
	return t
}
