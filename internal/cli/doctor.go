package cli

import (
	"bytes"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"banger/client"
)

func newDoctorCommand(a *app) *cobra.Command {
	var strict bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "look for what would keep banger from working here",
		Long: `Look for what would keep banger from working on this host. It changes nothing and needs no daemon. Every row has a stable
code and, when something is wrong, one remedy.

It mends nothing by itself, and does not look into VMs: banger vm health does.

Exit status: 0 when banger can work, 1 when it cannot (with --strict, also for a warning), 2 for wrong usage.`,
		Example: "  banger doctor\n  banger doctor --json --strict",
		Args:    noArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error {
			var args []string
			if a.json {
				args = append(args, "--json")
			}
			if strict {
				args = append(args, "--strict")
			}
			return runDoctor(ctx, a, args)
		}),
	}
	a.addJSON(cmd, "print as JSON")
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
	a.catch(ctx)
	var said, complaints bytes.Buffer
	status, err := watch(ctx, a, "look at this host", func(client.Progress) (int, error) {
		return client.Doctor(ctx, program, args, client.Streams{Stdout: &said, Stderr: &complaints})
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	complaints.WriteTo(a.Stderr)
	if err := a.print(paintRows(said.String(), a.style(a.Stdout))); err != nil {
		return err
	}
	if status != 0 {
		return exitStatus(status)
	}
	return nil
}

// paintRows colours the word that each of doctor's rows begins with.
func paintRows(text string, l style) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(line, " ")
		if ink := stateInk(word); ink != "" {
			line = l.paint(word, ink) + " " + rest
		}
		b.WriteString(line)
	}
	return b.String()
}
