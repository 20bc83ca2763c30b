package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type warmOptions struct {
	kernel string
	shape  shape
}

func newImageWarmCommand(a *app) *cobra.Command {
	var o warmOptions
	cmd := &cobra.Command{
		Use:   "warm NAME",
		Short: "make the first VM of an image start quickly, too",
		Long: `Boot a VM of an image and keep it as a template, so that later VMs of the same shape are forked from it, in a fraction
of the time of a boot. Where there is a template already nothing happens.

It leaves no VM: banger run makes one. The first VM of a shape has the same done by itself, in the background; this
does it beforehand. banger system prune removes templates.`,
		Example:           "  banger image warm debian-bookworm --vcpu 4 --memory 4G",
		Args:              oneArg("one image"),
		ValidArgsFunction: a.complete(a.imageNames, false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runImageWarm(ctx, a, o, args[0]) }),
	}
	cmd.Flags().StringVar(&o.kernel, "kernel", "", "`KERNEL` to boot; the default one is pulled when it is missing")
	o.shape.addFlags(cmd.Flags())
	a.completeWith(cmd, "kernel", a.kernelNames)
	return cmd
}

func runImageWarm(ctx context.Context, a *app, o warmOptions, name string) error {
	conf, err := a.config()
	if err != nil {
		return err
	}
	req := api.WarmImage{
		Kernel: first(o.kernel, conf.DefaultKernel), Engine: conf.Engine,
	}
	req.VCPU, req.Memory, req.Disk, req.System = o.shape.or(conf.VMDefaults)
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = watch(ctx, a, "warm image "+name, func(progress client.Progress) (none struct{}, err error) {
		return none, c.WarmImage(ctx, name, req, progress)
	})
	if err != nil {
		return err
	}
	return a.print(plain(name) + "\n")
}
