package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"banger/client"
)

type logsOptions struct {
	follow, engine bool
	tail           int
	since          string
}

func newLogsCommand(a *app) *cobra.Command {
	var o logsOptions
	cmd := &cobra.Command{
		Use:   "logs REF",
		Short: "print what the console of a VM has said",
		Long: `Print what a VM's console said, over all its starts: the kernel, the agent, and commands that run detached. Characters
that act on a terminal are replaced. The newest few megabytes are kept.

What a command says that somebody waits for is not in it: run and exec print that. The daemon's own log is in
banger daemon logs.

With --engine, it is what the engine said. With --json, one JSON object a line: time, in UTC, when the line was
begun, and text.`,
		Example: `  banger vm logs web --tail 20 -f
  banger vm logs web --since 10m --json`,
		Args:              a.oneVM(anyVM),
		ValidArgsFunction: a.complete(vmNames(anyVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runLogs(ctx, a, o, args[0]) }),
	}
	cmd.Flags().BoolVarP(&o.follow, "follow", "f", false, "go on until the VM ends")
	addTail(cmd.Flags(), &o.tail)
	cmd.Flags().StringVar(&o.since, "since", "", "only lines not older than `TIME`: 10m, or 2006-01-02T15:04:05Z")
	cmd.Flags().BoolVar(&o.engine, "engine", false, "the engine's log")
	a.addJSON(cmd, "print each line as a JSON object, with its time")
	return cmd
}

func runLogs(ctx context.Context, a *app, o logsOptions, ref string) error {
	since, err := parseSince(o.since, time.Now())
	if err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	log, err := c.Logs(ctx, ref, client.LogOptions{Tail: o.tail, Follow: o.follow, Engine: o.engine, Since: since, Stamps: a.json})
	if err != nil {
		return err
	}
	defer log.Close()
	if a.json {
		err = a.copyLogJSON(log)
	} else {
		err = a.copyLog(log)
	}
	if o.follow && ctx.Err() != nil {
		return nil // Ctrl-C is how one stops following
	}
	return err
}

// parseSince reads a time, or how long ago it was.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usage("--since %q is no time", text).hint("write how long ago, such as 90s or 2h, or a time such as %s", now.UTC().Format(time.RFC3339))
	}
	return at, nil
}

// copyLog copies a log to standard output, harmless to a terminal that shows it now or later.
func (a *app) copyLog(log io.Reader) error { return copyTo(&plainWriter{w: a.Stdout}, log) }

func copyTo(w io.Writer, log io.Reader) error {
	if _, err := io.Copy(w, log); err != nil {
		return fmt.Errorf("copy the log: %w", err)
	}
	return nil
}
