package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"banger/internal/problem"
)

func newConfigPathCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "path",
		Short: "print where the configuration file is looked for",
		Long: `Print where the configuration file is looked for: what BANGER_CONFIG says, or config.toml in the folder banger of
XDG_CONFIG_HOME. It need not exist, and banger never writes it.

What is in force is printed by banger config show.`,
		Example: "  $EDITOR \"$(banger config path)\" && banger config check",
		Args:    noArgs,
		RunE:    a.run(func(context.Context, []string) error { return runConfigPath(a) }),
	}
}

func runConfigPath(a *app) error {
	p, err := a.paths()
	if err != nil {
		return err
	}
	if p.Config == "" {
		return problem.New(problem.Invalid, "there is no place for a configuration file: HOME is not set to an absolute path").
			WithRemedy("set HOME, or BANGER_CONFIG to a file")
	}
	if a.getenv("BANGER_CONFIG") != "" {
		a.notice("BANGER_CONFIG says so")
	}
	a.noticeAbsent(p.Config)
	return a.print(plain(p.Config) + "\n")
}

func (a *app) noticeAbsent(config string) {
	if _, err := os.Stat(config); err != nil {
		a.notice("there is no such file; without it every setting has its default")
	}
}
