package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type createOptions struct {
	vm      vmFlags
	noStart bool
}

func newCreateCommand(a *app) *cobra.Command {
	var o createOptions
	cmd := &cobra.Command{
		Use:   "create [flags]",
		Short: "make a VM and start it",
		Long: `Make a VM and start it, or with --no-start only make it. Its name is printed when it is ready.

It runs no command in the VM: banger run makes one and does that at once, banger vm exec does it afterwards.`,
		Example: `  banger vm create --name web --memory 2G
  banger vm create --no-start`,
		Args: noArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error { return runCreate(ctx, a, o) }),
	}
	o.vm.addFlags(a, cmd)
	cmd.Flags().BoolVar(&o.noStart, "no-start", false, "do not start it")
	cmd.Flags().SortFlags = false
	return cmd
}

func runCreate(ctx context.Context, a *app, o createOptions) error {
	conf, err := a.config()
	if err != nil {
		return err
	}
	req, err := o.vm.request(a, conf)
	if err != nil {
		return err
	}
	req.Start, req.IdleStop = !o.noStart, conf.IdleStop.For(false).Milliseconds()
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	a.notice(specLine(c, req))
	started, err := watch(ctx, a, "", func(progress client.Progress) (api.Started, error) {
		progress(api.Progress{Phase: "make a VM"})
		return c.CreateVM(ctx, req, progress)
	})
	if err != nil {
		return err
	}
	a.notices(started.Notices)
	return a.print(plain(started.VM.Name) + "\n")
}
