package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"banger/client"
)

// execFlags say how to run a command in a guest; run and exec share them.
type execFlags struct {
	tty, interactive bool
	dir, user        string
	timeout          time.Duration
	env              []string // NAME=VALUE for this command alone
}

func (f *execFlags) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVarP(&f.tty, "tty", "t", false, "give the command a terminal")
	flags.BoolVarP(&f.interactive, "interactive", "i", false, "pass standard input on from a terminal too")
	flags.StringVarP(&f.dir, "workdir", "w", "", "`FOLDER` of the guest to run it in (default the workspace, or the user's home)")
	flags.StringVarP(&f.user, "user", "u", "", "`USER` of the guest to run it as, with :GROUP if wanted (default root)")
	flags.DurationVar(&f.timeout, "timeout", 0, "end the command after this `TIME`, such as 90s or 10m")
}

func (f *execFlags) any() bool { return f.dir != "" || f.user != "" || f.timeout != 0 }

func (f *execFlags) check() error {
	switch {
	case f.timeout < 0 || f.timeout > 0 && f.timeout < time.Millisecond:
		return usage("--timeout %v is too short", f.timeout)
	case f.dir != "" && !strings.HasPrefix(f.dir, "/"):
		return usage("--workdir %q is not an absolute path", f.dir).hint("it is a path in the guest, such as /root")
	}
	return nil
}

// command is what the guest is asked to run. No arguments mean a login shell.
func (f *execFlags) command(a *app, args []string) client.Command {
	x := client.Command{
		Args: args, Env: f.env, Dir: f.dir, User: f.user,
		TTY:           f.tty || len(args) == 0 && isTerminal(a.Stdin) && isTerminal(a.Stdout),
		TimeoutMillis: f.timeout.Milliseconds(),
	}
	if kind := a.getenv("TERM"); x.TTY && kind != "" {
		x.Env = append([]string{"TERM=" + kind}, x.Env...)
	}
	return x
}
