package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/term"

	"banger/api"
	"banger/client"
	"banger/internal/problem"
)

// look asks about the VMs that refs name, or all that run, side by side. One that is not named may end meanwhile.
func look(ctx context.Context, c *client.Client, refs []string) ([]api.Stats, error) {
	named := len(refs) > 0
	refs, err := chosen(ctx, c, !named, refs, runningVM)
	if err != nil {
		return nil, err
	}
	stats, errs := make([]api.Stats, len(refs)), make([]error, len(refs))
	var all sync.WaitGroup
	for i, ref := range refs {
		all.Go(func() {
			stats[i], errs[i] = c.Stats(ctx, ref)
			if errs[i] != nil {
				errs[i] = fmt.Errorf("look at %s: %w", ref, errs[i])
			}
		})
	}
	all.Wait()
	if named {
		return stats, errors.Join(errs...)
	}
	var found []api.Stats
	for i, err := range errs {
		switch code := problem.CodeOf(err); {
		case err == nil:
			found = append(found, stats[i])
		case code != problem.Conflict && code != problem.NotFound:
			return nil, err
		}
	}
	return found, nil
}

// drawing is a table that is drawn over itself.
type drawing struct{ lines int }

// draw draws the table in the place of the one before. What does not fit on the screen is left out, unless it is the only one.
func (d *drawing) draw(a *app, t *table, only bool) error {
	text := t.text(a.style(a.Stdout))
	if only {
		return a.print(text)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if room := height(a.Stdout) - 1; room > 0 && len(lines) > room {
		lines = lines[:room]
	}
	over := ""
	if d.lines > 0 {
		over = fmt.Sprintf("\x1b[%dA", d.lines)
	}
	d.lines = len(lines)
	return a.print(over + "\r\x1b[J" + strings.TrimSuffix(strings.Join(lines, ""), "\n") + "\n")
}

// height is that of the terminal that stream is, 0 when it is none.
func height(stream any) int {
	fd, ok := terminal(stream)
	if !ok {
		return 0
	}
	_, rows, err := term.GetSize(fd)
	if err != nil {
		return 0
	}
	return rows
}
