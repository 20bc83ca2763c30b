package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/api"
)

func newSnapshotShowCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "show one snapshot in full",
		Long: `Show one snapshot in full: of which VM it is, when it was taken, what it takes on the disk.

To go back to it, use banger vm restore.`,
		Example:           "  banger snapshot show before-upgrade",
		Args:              oneArg("one snapshot"),
		ValidArgsFunction: a.complete(a.snapshotNames, false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runSnapshotShow(ctx, a, args[0]) }),
	}
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runSnapshotShow(ctx context.Context, a *app, name string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	snap, err := c.Snapshot(ctx, name)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(snap)
	}
	return a.print(snapshotFacts(snap).text(a.style(a.Stdout)))
}

func snapshotFacts(snap api.Snapshot) facts {
	var f facts
	f.add("id", snap.ID)
	f.add("name", snap.Name)
	f.add("vm", snap.VM)
	f.add("vm id", snap.VMID)
	f.add("memory", yesNo(snap.Memory))
	f.add("size", bytesOf(snap.Size))
	f.add("created", moment(snap.Created))
	return f
}
