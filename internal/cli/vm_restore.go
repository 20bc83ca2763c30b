package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newRestoreCommand(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "restore REF SNAPSHOT",
		Short: "take a VM back to one of its snapshots",
		Long: `Take a VM back to what it was when SNAPSHOT was taken of it. When it ran then, it runs on from there, with commands that
somebody waited for ended; otherwise it is stopped. It keeps its name and its address.

It makes no new VM: banger vm fork makes copies. What the VM is now is kept as a snapshot first, whose name is said;
with -f it is lost.`,
		Example:           "  banger vm restore web before-upgrade",
		Args:              twoArgs("a VM and a snapshot"),
		ValidArgsFunction: a.completeInTurn(vmNames(anyVM), a.snapshotNames),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runRestore(ctx, a, args[0], args[1], force) }),
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "do not keep what is there now")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runRestore(ctx context.Context, a *app, ref, name string, force bool) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	restored, err := watch(ctx, a, "restore "+ref, func(progress client.Progress) (api.Restored, error) {
		return c.RestoreVM(ctx, ref, name, force, progress)
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(restored)
	}
	if restored.Safety != "" {
		a.notice(fmt.Sprintf("what was there is kept as %s; banger snapshot delete %s removes it", restored.Safety, restored.Safety))
	}
	return a.print(plain(restored.VM.Name) + "\n")
}
