package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
	"banger/internal/problem"
)

func newKernelImportCommand(a *app) *cobra.Command {
	var req api.ImportKernel
	cmd := &cobra.Command{
		Use:   "import NAME --from FILE|FOLDER",
		Short: "take a kernel from files of this host",
		Long: `Take a kernel from a Debian package (.deb), a folder that such a package was unpacked to, or a bzImage. A kernel that
lacks what a guest needs is refused, and the option that it lacks is named.

It fetches nothing: banger kernel pull does. banger run --kernel NAME boots it.`,
		Example: `  banger kernel import mine --from ./linux-image-6.1.0-cloud-amd64.deb
  banger kernel import mine --from /boot/vmlinuz-6.1.0 --modules /lib/modules/6.1.0`,
		Args: oneArg("one name"),
		RunE: a.run(func(ctx context.Context, args []string) error {
			req.Name = args[0]
			return runKernelImport(ctx, a, req)
		}),
	}
	cmd.Flags().StringVar(&req.From, "from", "", "`PATH` of a .deb, a folder, or a bzImage")
	cmd.Flags().StringVar(&req.Modules, "modules", "", "with a bzImage: the `FOLDER` of its modules")
	completeFlag(cmd, "from", files)
	completeFlag(cmd, "modules", folders)
	return cmd
}

func runKernelImport(ctx context.Context, a *app, req api.ImportKernel) error {
	if err := validName(req.Name); err != nil {
		return err
	}
	if req.From == "" {
		return usage("--from says what to import, and is missing").hint("give it a .deb, a folder, or a bzImage")
	}
	for _, path := range []*string{&req.From, &req.Modules} {
		if err := absolute(path); err != nil {
			return err
		}
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	kernel, err := watch(ctx, a, "import kernel "+req.Name, func(progress client.Progress) (api.Kernel, error) {
		return c.ImportKernel(ctx, req, progress)
	})
	if err != nil {
		return err
	}
	return a.print(plain(kernel.Name) + "\n")
}

// absolute makes a path that was typed fit for the daemon, whose working folder is another.
func absolute(path *string) error {
	if *path == "" {
		return nil
	}
	if _, err := os.Stat(*path); err != nil {
		return problem.New(problem.NotFound, "%w", err)
	}
	whole, err := filepath.Abs(*path)
	if err != nil {
		return fmt.Errorf("find %s: %w", *path, err)
	}
	*path = whole
	return nil
}
