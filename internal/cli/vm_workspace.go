package cli

import "github.com/spf13/cobra"

var workspaceGroup = group{
	"workspace", "a repository in a VM, and its changes on the way back",
	"banger run PATH makes a VM with a repository in it. Files that belong to none are copied by banger vm cp.",
	[]func(*app) *cobra.Command{newPrepareCommand, newExportCommand},
}

// newWorkspaceCommand makes a group in a group. Who names the outer one gets all of it, so that its help has all.
func newWorkspaceCommand(a *app) *cobra.Command {
	cmd := workspaceGroup.empty(a)
	workspaceGroup.fill(a, cmd)
	return cmd
}
