package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

type stopOptions struct {
	all     bool
	timeout time.Duration
}

func newStopCommand(a *app) *cobra.Command {
	var o stopOptions
	cmd := &cobra.Command{
		Use:   "stop REF... | --all",
		Short: "power VMs off",
		Long: `Power VMs off side by side: the guest writes its file systems and ends. One that has not
ended in time is killed. The disks stay; vm start boots it again, vm delete removes it.`,
		Example:           "  banger vm stop web db\n  banger vm stop --all",
		ValidArgsFunction: a.complete(vmNames(runningVM), true),
		RunE:              a.run(func(ctx context.Context, refs []string) error { return runStop(ctx, a, o, refs) }),
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "every VM that runs")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 0, "`TIME` after which a guest is killed, such as 30s (default 10s)")
	return cmd
}

func runStop(ctx context.Context, a *app, o stopOptions, refs []string) error {
	if err := refsOrAll(o.all, refs); err != nil {
		return err
	}
	if o.timeout < 0 {
		return usage("--timeout %v is negative", o.timeout)
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if refs, err = chosen(ctx, c, o.all, refs, runningVM); err != nil {
		return err
	}
	return a.runBatch(ctx, batch{"stop", func(ctx context.Context, ref string) error {
		_, err := c.StopVM(ctx, ref, o.timeout, nil)
		return err
	}}, refs)
}
