package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

// lifecycle is a command that does one thing to many VMs side by side.
type lifecycle struct {
	verb string
	all  string // what --all means
	fits func(api.VM) bool
	// check looks at flags before anything is done; nil for those that cannot be wrong.
	check func() error
	do    func(ctx context.Context, c *client.Client, ref string, progress client.Progress) error
}

// command completes cmd, which has texts and flags.
func (l lifecycle) command(a *app, cmd *cobra.Command) *cobra.Command {
	var all bool
	cmd.Use = l.verb + " REF... | --all"
	cmd.ValidArgsFunction = a.complete(vmNames(l.fits), true)
	cmd.RunE = a.run(func(ctx context.Context, refs []string) error { return l.run(ctx, a, all, refs) })
	cmd.Flags().BoolVar(&all, "all", false, l.all)
	return cmd
}

func (l lifecycle) run(ctx context.Context, a *app, all bool, refs []string) error {
	if err := a.refsOrAll(all, refs, l.fits); err != nil {
		return err
	}
	if l.check != nil {
		if err := l.check(); err != nil {
			return err
		}
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if refs, err = chosen(ctx, c, all, refs, l.fits); err != nil {
		return err
	}
	return a.runBatch(ctx, batch{l.verb, func(ctx context.Context, ref string, progress client.Progress) error {
		return l.do(ctx, c, ref, progress)
	}}, refs)
}
