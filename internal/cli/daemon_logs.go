package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"banger/internal/logfile"
	"banger/internal/problem"
)

func newDaemonLogsCommand(a *app) *cobra.Command {
	var tail int
	var follow bool
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "print the daemon's log",
		Long: `Print the daemon's log, which is a file: no daemon is needed. With -f, go on with what is added, also by a daemon that
is started later.

What a VM has said is in banger vm logs.`,
		Example: `  banger daemon logs --tail 50 -f`,
		Args:    noArgs,
		RunE:    a.run(func(ctx context.Context, _ []string) error { return runDaemonLogs(ctx, a, tail, follow) }),
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on until Ctrl-C")
	addTail(cmd.Flags(), &tail)
	return cmd
}

// addTail adds the flag --tail; without it n is negative, which means every line.
func addTail(flags *pflag.FlagSet, n *int) {
	flags.IntVar(n, "tail", -1, "only so many `LINES` from the end")
	flags.Lookup("tail").DefValue = "0" // not worth a word in the help
}

func runDaemonLogs(ctx context.Context, a *app, tail int, follow bool) error {
	p, err := a.paths()
	if err != nil {
		return err
	}
	path := p.DaemonLog()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return problem.New(problem.NotFound, "there is no log at %s: no daemon has run yet", path).
			WithRemedy("banger daemon start")
	}
	log, err := logfile.OpenReader(path, follow)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer log.Close()
	if tail < 0 {
		tail = math.MaxInt
	}
	out := &plainWriter{w: a.Stdout}
	if err := log.Tail(out, tail, logfile.Whole); err != nil {
		return fmt.Errorf("copy the log: %w", err)
	}
	if !follow {
		return nil
	}
	a.catch(ctx)
	return log.Follow(ctx, out, nil)
}
