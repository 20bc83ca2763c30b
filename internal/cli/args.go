package cli

import (
	"github.com/spf13/cobra"

	"banger/internal/namegen"
	"banger/internal/problem"
)

// The rules for positional arguments say what is missing in the command's own words.

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s takes no arguments, and got %q", cmd.CommandPath(), args[0])
	}
	return nil
}

func oneArg(what string) cobra.PositionalArgs { return exactly(1, what) }

func twoArgs(what string) cobra.PositionalArgs { return exactly(2, what) }

func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usage("%s takes %s, and got %d arguments", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}

func someArgs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("%s takes %s, and got none", cmd.CommandPath(), what)
		}
		return nil
	}
}

// splitCommand parts the arguments before -- from the command after it.
func splitCommand(cmd *cobra.Command, args []string) (before, command []string) {
	dash := cmd.ArgsLenAtDash()
	if dash < 0 {
		return args, nil
	}
	return args[:dash], args[dash:]
}

func atMostOneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usage("%s takes %s, and got %d arguments", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}

// validName refuses what cannot be the name of a new thing.
func validName(name string) error {
	if err := namegen.ValidName(name); err != nil {
		return usage("%v", err).hint("%s", problem.RemedyOf(err))
	}
	return nil
}
