package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/internal/config"
)

func newConfigShowCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "print every setting, and where its value comes from",
		Long: `Print every setting that is in force, and where its value comes from: a variable of the environment, a line of the file,
this host's size, or banger itself. No daemon is needed. A flag counts more than all of them.

It changes nothing: edit the file that banger config path names.`,
		Example: "  banger config show\n  BANGER_SPARES=0 banger config show --json",
		Args:    noArgs,
		RunE:    a.run(func(context.Context, []string) error { return runConfigShow(a) }),
	}
	a.addJSON(cmd, "print as JSON")
	return cmd
}

func runConfigShow(a *app) error {
	r, path, err := a.readConfig("")
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(struct {
			File     string           `json:"file"` // where it is looked for; it need not exist
			Settings []config.Setting `json:"settings"`
		}{path, r.Settings()})
	}
	t := newTable("KEY", "VALUE"+elastic, "SOURCE"+elastic)
	for _, s := range r.Settings() {
		t.add(s.Key, s.Value, s.Source.String())
	}
	return a.print(t.text(a.style(a.Stdout)))
}

// readConfig reads the file at path and nothing else; without a path, all that every command reads. It gives the file's path.
func (a *app) readConfig(path string) (config.Reading, string, error) {
	if path != "" {
		r, err := config.Read(path, func(name string) string {
			if name != "HOME" { // which sets nothing, and is what paths can begin at
				return ""
			}
			return a.getenv(name)
		})
		return r, path, err
	}
	p, err := a.paths()
	if err != nil {
		return config.Reading{}, "", err
	}
	r, err := config.Read(p.Config, a.getenv)
	return r, p.Config, err
}
