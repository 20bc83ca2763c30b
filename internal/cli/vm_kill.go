package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

type killOptions struct {
	all    bool
	signal string
}

// killSignals are those that the daemon sends to an engine.
var killSignals = []string{"KILL", "TERM", "INT", "QUIT", "HUP"}

func newKillCommand(a *app) *cobra.Command {
	var o killOptions
	cmd := &cobra.Command{
		Use:   "kill REF... | --all",
		Short: "end VMs without asking their guests",
		Long: `End VMs side by side by a signal to their engines, like pulling the plug: what the guest has not
written to its disks is lost. The VMs themselves stay.`,
		Example:           "  banger vm kill web",
		ValidArgsFunction: a.complete(vmNames(liveVM), true),
		RunE:              a.run(func(ctx context.Context, refs []string) error { return runKill(ctx, a, o, refs) }),
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "every VM that runs")
	cmd.Flags().StringVar(&o.signal, "signal", "KILL", "`SIGNAL`, one of "+strings.Join(killSignals, ", "))
	return cmd
}

func runKill(ctx context.Context, a *app, o killOptions, refs []string) error {
	if err := refsOrAll(o.all, refs); err != nil {
		return err
	}
	signal := strings.TrimPrefix(strings.ToUpper(o.signal), "SIG")
	if !slices.Contains(killSignals, signal) {
		return usage("--signal %q is not a signal for an engine", o.signal).hint("it is one of %s", strings.Join(killSignals, ", "))
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if refs, err = chosen(ctx, c, o.all, refs, liveVM); err != nil {
		return err
	}
	return a.runBatch(ctx, batch{"kill", func(ctx context.Context, ref string) error {
		_, err := c.KillVM(ctx, ref, signal)
		return err
	}}, refs)
}
