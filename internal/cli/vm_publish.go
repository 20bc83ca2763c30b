package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
	"banger/internal/network/publish"
)

func newPublishCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "publish REF [ADDR:]HOST:GUEST...",
		Short: "have ports of this host lead to a VM",
		Long: `Have a TCP port of this host lead to one of a VM, from now on and after each start. ADDR is 127.0.0.1 unless given; 0.0.0.0 is
every address of this host. Without HOST a free port is taken. The addresses are printed.

It is ended by banger vm unpublish, and listed by banger vm ports. What a VM may reach is another matter: banger vm set --net.`,
		Example: `  banger vm publish web 8080:80
  banger vm publish web :5432 0.0.0.0:8443:443`,
		Args:              someArgs("a VM and ports"),
		ValidArgsFunction: a.complete(vmNames(anyVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runPublish(ctx, a, args[0], args[1:]) }),
	}
}

func runPublish(ctx context.Context, a *app, ref string, ports []string) error {
	if len(ports) == 0 {
		return usage("banger vm publish takes a VM and ports, and got no ports").hint("such as 8080:80")
	}
	for _, port := range ports {
		if _, err := publish.Parse(port); err != nil {
			return err
		}
	}
	return a.asking(ctx, func(c *client.Client) error {
		for _, port := range ports {
			at, err := watch(ctx, a, "publish "+port, func(client.Progress) (api.PublishedPort, error) { return c.PublishPort(ctx, ref, port) })
			if err == nil {
				err = a.print(first(at.Address, "from the next start on: "+port) + "\n")
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func newUnpublishCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "unpublish REF PORT...",
		Short: "have ports of this host lead to a VM no more",
		Long: `Take back what banger vm publish or --publish did. A PORT is one of this host, or else one of the VM, or in full as it was
published. Connections through it are cut.

Ports that --expose mirrors are taken back by banger vm set --expose=false.`,
		Example:           "  banger vm unpublish web 8080",
		Args:              someArgs("a VM and ports"),
		ValidArgsFunction: a.complete(vmNames(anyVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runUnpublish(ctx, a, args[0], args[1:]) }),
	}
}

func runUnpublish(ctx context.Context, a *app, ref string, ports []string) error {
	if len(ports) == 0 {
		return usage("banger vm unpublish takes a VM and ports, and got no ports").hint("banger vm ports %s lists them", ref)
	}
	return a.asking(ctx, func(c *client.Client) error {
		for _, port := range ports {
			if _, err := watch(ctx, a, "unpublish "+port, func(client.Progress) (api.VM, error) { return c.UnpublishPort(ctx, ref, port) }); err != nil {
				return err
			}
		}
		return nil
	})
}
