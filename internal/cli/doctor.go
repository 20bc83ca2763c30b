package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/client"
)

func newDoctorCommand(a *app) *cobra.Command {
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "look for what would keep banger from working here",
		Long: `Look for what would keep banger from working here. It changes nothing and needs no daemon. Every row
has a stable code and, when something is wrong, one remedy.

Exit status: 0 when banger can work, 1 when it cannot (with --strict, also for a warning), 2 for wrong usage.`,
		Example: "  banger doctor\n  banger doctor --json --strict",
		Args:    noArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error {
			var args []string
			if asJSON {
				args = append(args, "--json")
			}
			if strict {
				args = append(args, "--strict")
			}
			return runDoctor(ctx, a, args)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().BoolVar(&strict, "strict", false, "a warning counts as a failure")
	return cmd
}

// runDoctor hands over to the daemon's program, which has the checks.
func runDoctor(ctx context.Context, a *app, args []string) error {
	program := a.Daemon
	if program == "" {
		var err error
		if program, err = client.Program(); err != nil {
			return err
		}
	}
	status, err := client.Doctor(ctx, program, args, client.Streams{Stdout: a.Stdout, Stderr: a.Stderr})
	if err == nil && status != 0 {
		err = exitStatus(status)
	}
	return err
}
