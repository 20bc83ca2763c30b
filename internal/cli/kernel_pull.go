package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newKernelPullCommand(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "pull [NAME]",
		Short: "fetch the newest kernel of the host's Debian archive",
		Long: `Fetch the newest cloud kernel of the Debian archive that this host's own apt uses, without installing it, and keep
it under NAME, or the default kernel's name. One that is there is kept, unless --force is given.

A kernel of your own is taken by banger kernel import. The default kernel needs no pulling: banger run does that when
it is missing. VMs that exist keep the kernel that they have.`,
		Example: "  banger kernel pull\n  banger kernel pull --force",
		Args:    atMostOneArg("at most one name"),
		RunE: a.run(func(ctx context.Context, args []string) error {
			req := api.PullKernel{Force: force}
			if len(args) > 0 {
				req.Name = args[0]
			}
			return runKernelPull(ctx, a, req)
		}),
	}
	cmd.Flags().BoolVar(&force, "force", false, "fetch it even when it is there")
	return cmd
}

func runKernelPull(ctx context.Context, a *app, req api.PullKernel) error {
	if req.Name != "" {
		if err := validName(req.Name); err != nil {
			return err
		}
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	kernel, err := watch(ctx, a, strings.TrimSpace("pull kernel "+req.Name), func(progress client.Progress) (api.Kernel, error) {
		return c.PullKernel(ctx, req, progress)
	})
	if err != nil {
		return err
	}
	return a.print(plain(kernel.Name) + "\n")
}
