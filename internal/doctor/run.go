package doctor

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

// Options say how to look and how to tell.
type Options struct {
	JSON    bool
	Strict  bool // what wants a look counts as a failure
	Version string
}

// Run makes every check, writes the report to w and returns the exit status.
func Run(ctx context.Context, w io.Writer, opts Options) int {
	h := thisHost()
	h.settle(os.Getenv)
	report := look(ctx, h, opts.Version)
	write := report.writeText
	if opts.JSON {
		write = report.writeJSON
	}
	if err := write(w); err != nil {
		fmt.Fprintf(os.Stderr, "doctor: write the report: %v\n", err)
		return 1
	}
	return report.exit(opts.Strict)
}

// check is one question about the host, with the code that its rows have.
type check struct {
	code string
	ask  func(context.Context, *host) []Row
}

// look makes all checks at once: what takes time is waiting, for programs and for the disk.
func look(ctx context.Context, h *host, version string) Report {
	checks := hostChecks
	if h.pathsErr == nil {
		checks = slices.Concat(hostChecks, ownChecks)
	}
	answers := make([][]Row, len(checks))
	var asked sync.WaitGroup
	for i, c := range checks {
		asked.Go(func() { answers[i] = c.answer(ctx, h) })
	}
	asked.Wait()
	report := Report{Version: version, OK: true, Checks: slices.Concat(answers...)}
	for _, row := range report.Checks {
		report.OK = report.OK && row.Status != Fail
	}
	return report
}

// answer gives the rows of a check. It ends its context after the host's patience and soon afterwards waits no
// longer: a file server that is gone, or a pipe in a file's place, heeds no context.
func (c check) answer(ctx context.Context, h *host) []Row {
	ctx, cancel := context.WithTimeout(ctx, h.patience)
	defer cancel()
	rows, ok := within(h.patience+h.patience/4, func() []Row { return c.ask(ctx, h) })
	if !ok {
		rows = failed(fmt.Sprintf("nothing was found out in %v: something that it looks at hangs", h.patience),
			"look for a file system or a program that does not answer (the kernel's log names those that are stuck), then ask again")
	}
	for i := range rows {
		rows[i].Code = c.code
		rows[i] = rows[i].plain()
	}
	return rows
}

// within gives what f gives, unless that takes longer. Then f is left to itself, until this process ends.
func within[T any](limit time.Duration, f func() T) (got T, ok bool) {
	done := make(chan T, 1)
	go func() { done <- f() }()
	select {
	case got = <-done:
		return got, true
	case <-time.After(limit):
		return got, false
	}
}
