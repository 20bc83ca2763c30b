package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"banger/internal/problem"
)

func newConfigCheckCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "report every mistake in the configuration",
		Long: `Report every mistake in the configuration file and in the variables of the environment that count as settings, or in
FILE alone: its line, the setting, and what is allowed. No daemon is needed.

It looks at settings only; this host is looked at by banger doctor.

Exit status: 0 when there is no mistake, 1 when there is one, 2 for wrong usage.`,
		Example:           "  banger config check\n  banger config check ./new.toml",
		Args:              atMostOneArg("at most one file"),
		ValidArgsFunction: files,
		RunE: a.run(func(_ context.Context, args []string) error {
			return runConfigCheck(a, strings.Join(args, ""))
		}),
	}
}

// runConfigCheck checks a file, which then must exist, or what every command reads.
func runConfigCheck(a *app, file string) error {
	if file != "" {
		if _, err := os.Stat(file); err != nil {
			return problem.New(problem.NotFound, "%w", err)
		}
	}
	r, path, err := a.readConfig(file)
	if err != nil {
		return err
	}
	var said strings.Builder
	for _, m := range r.Mistakes {
		fmt.Fprintln(&said, plain(m.String()))
	}
	if len(r.Mistakes) == 0 {
		a.notice(first(path, "the environment") + ": no mistakes")
		a.noticeAbsent(path)
		return nil
	}
	if err := a.print(said.String()); err != nil {
		return err
	}
	return exitStatus(statusFailed)
}
