package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newSnapshotListCommand(a *app) *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "list snapshots",
		Long: `List snapshots, oldest first. SIZE is what one takes on the disk; MEMORY says whether the VM ran.

banger vm snapshot takes one, banger vm restore goes back to it.`,
		Example: "  banger snapshot list",
		Args:    noArgs,
		RunE:    a.run(func(ctx context.Context, _ []string) error { return runSnapshotList(ctx, a, quiet) }),
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "ids only")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runSnapshotList(ctx context.Context, a *app, quiet bool) error {
	return a.asking(ctx, func(c *client.Client) error {
		list, err := c.Snapshots(ctx)
		if err != nil {
			return err
		}
		l := listing[api.Snapshot]{quiet, func(v api.Snapshot) string { return v.ID }, func(all []api.Snapshot) *table { return snapshotTable(all, time.Now()) }}
		return l.print(a, list, list.Snapshots)
	})
}

func snapshotTable(snapshots []api.Snapshot, now time.Time) *table {
	t := newTable("ID", "NAME~", "VM~", "MEMORY", "SIZE", "CREATED")
	for _, snap := range snapshots {
		t.add(shortID(snap.ID), snap.Name, snap.VM, yesNo(snap.Memory), bytesOf(snap.Size), age(snap.Created, now))
	}
	return t
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// snapshotNames lists them for completion.
func (a *app) snapshotNames(ctx context.Context, c *client.Client) (names []string, err error) {
	list, err := c.Snapshots(ctx)
	for _, snap := range list.Snapshots {
		names = append(names, snap.Name)
	}
	return names, err
}
