package doctor

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"banger/internal/config"
	"banger/internal/paths"
)

// Options say how to look and how to tell.
type Options struct {
	JSON    bool
	Strict  bool // what wants a look counts as a failure
	Version string
}

// host is what the checks share: the settings, as far as they can be read.
type host struct {
	uid       int
	paths     paths.Paths
	pathsErr  error
	configErr error
}

// check is one question about the host. It gives no row when it does not apply.
type check func(context.Context, *host) []Row

// hostChecks look at the host, ownChecks at what lies in banger's folders.
var (
	hostChecks = []check{
		checkSystem, checkEngine, checkKVM, checkTools, checkSources, checkImageBuild, checkMemory, checkAgent, checkFolders,
	}
	ownChecks = []check{checkDisk, checkConfig, checkDatabase, checkKernels, checkImages, checkTemplates, checkDaemon, checkLeftovers}
)

// Run makes every check, writes the report to w and returns the exit status.
func Run(ctx context.Context, w io.Writer, opts Options) int {
	report := look(ctx, os.Getenv, os.Getuid(), opts.Version)
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

func look(ctx context.Context, getenv func(string) string, uid int, version string) Report {
	h := &host{uid: uid}
	checks := hostChecks
	if h.paths, h.pathsErr = paths.Resolve(getenv, uid); h.pathsErr == nil {
		_, h.configErr = config.Load(h.paths.Config, getenv)
		checks = slices.Concat(hostChecks, ownChecks)
	}
	report := Report{Version: version, OK: true}
	for _, ask := range checks {
		for _, row := range ask(ctx, h) {
			report.Checks = append(report.Checks, row.plain())
			report.OK = report.OK && row.Status != Fail
		}
	}
	return report
}
