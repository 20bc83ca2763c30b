package cli

import "github.com/spf13/cobra"

// Commands is the whole command line, with the subcommands of every group, for what writes about it or looks at it.
// Its commands are not to be executed: Run does that.
func Commands() *cobra.Command {
	a := &app{}
	for _, g := range groups() {
		a.Args = append(a.Args, g.name)
	}
	return newRootCommand(a)
}
