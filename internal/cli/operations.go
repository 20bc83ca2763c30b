package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
)

type operationsOptions struct{ all, quiet bool }

func newOperationsCommand(a *app) *cobra.Command {
	var o operationsOptions
	cmd := &cobra.Command{
		Use:   "operations",
		Short: "list what is being done at the moment",
		Long: `List what the daemon is doing for this and other programs: what takes long and is under way, oldest first. The ids are
those in its log.

What runs in a VM is not in it: use banger vm exec REF -- ps. VMs are listed by banger ps.`,
		Example: "  banger operations\n  banger operations --all --json",
		Args:    noArgs,
	}
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error { return runOperations(ctx, a, o) })
	cmd.Flags().BoolVarP(&o.all, "all", "a", false, "what has ended lately too")
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "ids only")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runOperations(ctx context.Context, a *app, o operationsOptions) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.Operations(ctx, o.all)
	if err != nil {
		return err
	}
	l := listing[api.Operation]{o.quiet, func(op api.Operation) string { return op.ID }, operationTable}
	return l.print(a, list, list.Operations)
}

func operationTable(all []api.Operation) *table {
	t := newTable("ID", "WHAT", "TARGET~", "STATE", "SINCE", "PROGRESS~")
	for _, op := range all {
		progress := ""
		switch {
		case op.Progress != nil:
			progress = op.Progress.Phase
		case op.Problem != nil:
			progress = op.Problem.Detail
		}
		t.add(op.ID, op.Kind, op.Target, op.State, age(op.Started, time.Now()), progress)
	}
	return t
}
