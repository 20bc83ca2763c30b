package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"banger/internal/logfile"
	"banger/internal/problem"
)

func newDaemonLogsCommand(a *app) *cobra.Command {
	var tail int
	cmd := &cobra.Command{
		Use:     "logs",
		Short:   "print the daemon's log",
		Long:    "Print the daemon's log, which is a file: no daemon is needed.",
		Example: `  banger daemon logs --tail 50`,
		Args:    noArgs,
		RunE:    a.run(func(context.Context, []string) error { return runDaemonLogs(a, tail) }),
	}
	addTail(cmd.Flags(), &tail)
	return cmd
}

// addTail adds the flag --tail; without it n is negative, which means every line.
func addTail(flags *pflag.FlagSet, n *int) {
	flags.IntVar(n, "tail", -1, "only so many `LINES` from the end")
	flags.Lookup("tail").DefValue = "0" // not worth a word in the help
}

func runDaemonLogs(a *app, tail int) error {
	p, err := a.paths()
	if err != nil {
		return err
	}
	text, err := readLog(p.DaemonLog())
	if err != nil {
		return err
	}
	return a.copyLog(bytes.NewReader(lastLines(text, tail)))
}

// maxLog bounds what is read of a log, in bytes; logs are capped far below.
const maxLog = 256 << 20

// readLog reads a log and, before it, the older part that was rotated away.
func readLog(path string) ([]byte, error) {
	var text []byte
	found := false
	for _, part := range []string{path + logfile.Previous, path} {
		f, err := os.Open(part)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open the log: %w", err)
		}
		more, err := io.ReadAll(io.LimitReader(f, maxLog))
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		text, found = append(text, more...), true
	}
	if !found {
		return nil, problem.New(problem.NotFound, "there is no log at %s: no daemon has run yet", path).
			WithRemedy("banger daemon start")
	}
	return text, nil
}

// lastLines are the last n lines of text, all of them when n is negative.
func lastLines(text []byte, n int) []byte {
	if n < 0 {
		return text
	}
	end := len(bytes.TrimSuffix(text, []byte("\n")))
	for ; n > 0 && end >= 0; n-- {
		end = bytes.LastIndexByte(text[:end], '\n')
	}
	if end < 0 {
		return text
	}
	return text[min(end+1, len(text)):]
}
