package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newImageBuildCommand(a *app) *cobra.Command {
	var req api.BuildImage
	cmd := &cobra.Command{
		Use:   "build NAME",
		Short: "build an image from the host's Debian archive",
		Long: `Build a Debian root file system from the archive that this host's own apt uses, and keep it as an image. Its
name is printed when it is done. When it fails or is stopped, nothing is left.

It takes no Dockerfile and fetches nothing from a registry. The default image needs no building: banger run does
that when it is missing.`,
		Example: "  banger image build dev --include build-essential,python3",
		Args:    oneArg("one name"),
		RunE: a.run(func(ctx context.Context, args []string) error {
			req.Name = args[0]
			return runImageBuild(ctx, a, req)
		}),
	}
	cmd.Flags().StringVar(&req.Suite, "suite", "", "Debian `SUITE` (default bookworm)")
	cmd.Flags().StringSliceVar(&req.Include, "include", nil, "`PACKAGES` to add, separated by commas")
	return cmd
}

func runImageBuild(ctx context.Context, a *app, req api.BuildImage) error {
	if err := validName(req.Name); err != nil {
		return err
	}
	if strings.Trim(req.Suite, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return usage("--suite %q is no name of a suite", req.Suite).hint("it is one word, such as bookworm")
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	image, err := watch(ctx, a, "build image "+req.Name, func(progress client.Progress) (api.Image, error) {
		return c.BuildImage(ctx, req, progress)
	})
	if err != nil {
		return err
	}
	return a.print(plain(image.Name) + "\n")
}
