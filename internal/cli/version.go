package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func newVersionCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print the version of this program",
		Long: `Print the version of this program.

The daemon's is in banger daemon status.`,
		Args: noArgs,
		RunE: a.run(func(context.Context, []string) error { return runVersion(a) }),
	}
	a.addJSON(cmd, "print as JSON")
	return cmd
}

func runVersion(a *app) error {
	if a.json {
		return a.printJSON(a.Version)
	}
	text := "banger " + a.Version.Version
	if a.Version.Commit != "" {
		text += " (" + a.Version.Commit + ")"
	}
	return a.print(text + "\n")
}
