package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/spf13/cobra"

	"banger/client"
	"banger/internal/config"
	"banger/internal/paths"
)

// app is what every command works with.
type app struct {
	Process
	running bool           // a command has been understood and runs
	command *cobra.Command // that one
	json    bool           // results, and errors, as JSON
	quiet   bool           // no notices and no progress
	signals signals
	cancel  context.CancelCauseFunc // of the context that commands run with
	shown   atomic.Pointer[display] // what draws on standard error now; nil when nothing does
}

// run makes a command's RunE: what fails before it is wrong usage.
func (a *app) run(f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.running, a.command = true, cmd
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
	return client.Options{Paths: p, Version: a.Version.Version, Program: a.Daemon}, err
}

// catch has signals end ctx from now on.
func (a *app) catch(ctx context.Context) {
	a.signals.caught.Do(func() { a.signals.catch(ctx, a.cancel) })
}

// connect gives a client of the daemon, starting one when there is none.
func (a *app) connect(ctx context.Context) (*client.Client, error) {
	a.catch(ctx)
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	var shown *display // only for a daemon that is started or replaced
	o.Notice = func(text string) {
		a.notice(text)
		if shown == nil {
			shown = a.display(ctx, "wait for the daemon")
		}
	}
	c, err := client.Connect(ctx, o)
	if shown != nil {
		shown.done(err == nil)
	}
	return c, err
}

// dial gives a client of the daemon only when one runs.
func (a *app) dial(ctx context.Context) (*client.Client, error) {
	a.catch(ctx)
	o, err := a.options()
	if err != nil {
		return nil, err
	}
	return client.Dial(ctx, o)
}

// notice says something on standard error that is no result and no failure: with --json as a JSON object.
func (a *app) notice(text string) {
	if shown := a.shown.Load(); shown != nil {
		shown.aside(func() { a.say(text) })
		return
	}
	a.say(text)
}

// notices says what the daemon wants the user to know.
func (a *app) notices(texts []string) {
	for _, text := range texts {
		a.notice(text)
	}
}

// say is notice for what has the moving line out of its way.
func (a *app) say(text string) {
	switch {
	case a.quiet:
	case a.json:
		a.event(struct {
			Notice string `json:"notice"`
		}{text})
	default:
		fmt.Fprintln(a.Stderr, a.style(a.Stderr).paint(plain(text), dim))
	}
}

// event prints an object on a line of its own on standard error.
func (a *app) event(v any) {
	text, _ := json.Marshal(v)
	fmt.Fprintln(a.Stderr, escapeJSON(string(text)))
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
