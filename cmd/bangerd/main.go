// Command bangerd is everything of banger's that is no command line: the daemon, the supervisor of
// one machine, the report on this host. The first argument is the role; without one it is the daemon.
//
//	bangerd [--ready-fd N]          the daemon; N gets a line once it serves
//	bangerd --check-migrations      0 when the database fits, 1 when it is to be migrated, 2 when it cannot be used
//	bangerd --version
//	bangerd shim LAUNCHFILE         supervises one machine (package shim)
//	bangerd doctor [--json] [--strict]
//	bangerd fake-guest              the guest of the engine fake
package main

import (
	"errors"
	"fmt"
	"os"

	"banger/internal/problem"
	"banger/internal/vmm/fake"
)

// version and commit are set when the program is built by make.
var version, commit = "devel", ""

// role is one thing that this program can be. It returns its exit status.
type role func(args []string) int

// roles are chosen by the first argument.
var roles = map[string]role{
	"daemon":  runDaemon,
	"shim":    runShim,
	"doctor":  runDoctor,
	fake.Role: runFakeGuest,
}

func main() {
	args := os.Args[1:]
	if len(args) > 0 {
		if role, ok := roles[args[0]]; ok {
			os.Exit(role(args[1:]))
		}
	}
	os.Exit(runDaemon(args))
}

// exit statuses, as those of the command line.
const (
	statusFailed = 1
	statusUsage  = 2
)

// usage is an error of whoever typed the command.
var errUsage = errors.New("see the comment of cmd/bangerd, or type banger help")

// fail says on standard error what went wrong and what to do, and gives the exit status.
func fail(err error) int {
	fmt.Fprintf(os.Stderr, "bangerd: %v\n", err)
	if remedy := problem.RemedyOf(err); remedy != "" {
		fmt.Fprintf(os.Stderr, "  %s\n", remedy)
	}
	if errors.Is(err, errUsage) {
		return statusUsage
	}
	return statusFailed
}
