package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"banger/client"
	"banger/internal/config"
	"banger/internal/paths"
)

// app is what every command works with.
type app struct {
	Process
	running bool // a command has been understood and runs
	json    bool // results, and errors, as JSON
	quiet   bool // no notices and no progress
	signals signals
	cancel  context.CancelCauseFunc // of the context that commands run with
}

// run makes a command's RunE: what fails before it is wrong usage.
func (a *app) run(f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.running = true
		return f(cmd.Context(), args)
	}
}

func (a *app) getenv(name string) string {
	value, _ := a.LookupEnv(name)
	return value
}

func (a *app) paths() (paths.Paths, error) {
	return paths.Resolve(a.getenv, os.Getuid())
}

func (a *app) config() (config.Config, error) {
	p, err := a.paths()
	if err != nil {
		return config.Config{}, err
	}
	return config.Load(p.Config, a.getenv)
}

func (a *app) options() (client.Options, error) {
	p, err := a.paths()
	return client.Options{Paths: p, Version: a.Version.Version, Program: a.Daemon, Notice: a.notice}, err
}

// connect gives a client of the daemon, starting one when there is none.
func (a *app) connect(ctx context.Context) (*client.Client, error) {
	a.signals.caught.Do(func() { a.signals.catch(ctx, a.cancel) })
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	return client.Connect(ctx, o)
}

// dial gives a client of the daemon only when one runs.
func (a *app) dial(ctx context.Context) (*client.Client, error) {
	a.signals.caught.Do(func() { a.signals.catch(ctx, a.cancel) })
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	return client.Dial(ctx, o)
}

// notice says something on standard error that is no result and no failure.
func (a *app) notice(text string) {
	if !a.quiet {
		fmt.Fprintln(a.Stderr, a.dim(plain(text)))
	}
}

// printJSON prints a result as JSON.
func (a *app) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	return a.print(escapeJSON(string(text)) + "\n")
}

// print writes a result to standard output.
func (a *app) print(text string) error {
	if _, err := fmt.Fprint(a.Stdout, text); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

// addJSON adds the flag --json.
func (a *app) addJSON(cmd *cobra.Command, help string) {
	cmd.Flags().BoolVar(&a.json, "json", false, help)
}
