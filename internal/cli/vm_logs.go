package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"banger/client"
)

type logsOptions struct {
	follow, engine bool
	tail           int
}

func newLogsCommand(a *app) *cobra.Command {
	var o logsOptions
	cmd := &cobra.Command{
		Use:   "logs REF",
		Short: "print what a VM's console or engine said",
		Long: `Print what a VM's console said since its latest start: the kernel, the agent, and commands that run
detached. With --engine, what the engine said. Characters that act on a terminal are replaced.`,
		Example:           "  banger vm logs web --tail 20 -f",
		Args:              oneArg("one VM"),
		ValidArgsFunction: a.complete(vmNames(anyVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runLogs(ctx, a, o, args[0]) }),
	}
	cmd.Flags().BoolVarP(&o.follow, "follow", "f", false, "go on until the VM ends")
	addTail(cmd.Flags(), &o.tail)
	cmd.Flags().BoolVar(&o.engine, "engine", false, "the engine's log")
	return cmd
}

func runLogs(ctx context.Context, a *app, o logsOptions, ref string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	log, err := c.Logs(ctx, ref, client.LogOptions{Tail: o.tail, Follow: o.follow, Engine: o.engine})
	if err != nil {
		return err
	}
	defer log.Close()
	err = a.copyLog(log)
	if o.follow && ctx.Err() != nil {
		return nil // Ctrl-C is how one stops following
	}
	return err
}

// copyLog copies a log to standard output, harmless to a terminal that shows it now or later.
func (a *app) copyLog(log io.Reader) error {
	if _, err := io.Copy(&plainWriter{w: a.Stdout}, log); err != nil {
		return fmt.Errorf("copy the log: %w", err)
	}
	return nil
}
