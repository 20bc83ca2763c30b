package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"banger/api"
	"banger/internal/config"
	"banger/internal/problem"
)

// meant adds to an error about something that does not exist what was meant: the name that is nearly one of words, or the value
// of a flag.
func (a *app) meant(ctx context.Context, err error, words ...string) error {
	if problem.CodeOf(err) != problem.NotFound || a.command == nil {
		return err
	}
	near := ""
	take := func(word string, known func() []string) {
		if near == "" && word != "" && (strings.Contains(err.Error(), strconv.Quote(word)) || strings.Contains(err.Error(), " "+word)) {
			near = config.Nearest(word, known())
		}
	}
	a.command.SetContext(ctx)
	for i, word := range words {
		take(word, func() []string { return a.known(i, words) })
	}
	a.command.Flags().Visit(func(flag *pflag.Flag) {
		if complete, ok := a.command.GetFlagCompletionFunc(flag.Name); ok {
			take(flag.Value.String(), func() []string { names, _ := complete(a.command, nil, ""); return names })
		}
	})
	if near == "" || slices.Contains(words, near) {
		return err
	}
	return problem.New(problem.NotFound, "%w", err).WithRemedy("did you mean %s? %s", near, problem.RemedyOf(err))
}

// known are the names that the command's i-th argument can be, as a shell would complete it.
func (a *app) known(i int, words []string) []string {
	if a.command.ValidArgsFunction == nil {
		return nil
	}
	names, _ := a.command.ValidArgsFunction(a.command, words[:i], "")
	for i := range names {
		names[i] = strings.TrimSuffix(names[i], ":") // of vm cp
	}
	return names
}

// someOf says which VMs there are to choose from, for a hint; empty when that cannot be known at once.
func (a *app) someOf(cmd *cobra.Command, fits func(api.VM) bool) string {
	const most = 8
	names, _ := a.complete(vmNames(fits), true)(cmd, nil, "")
	slices.Sort(names)
	switch n := len(names); {
	case n == 0:
		return ""
	case n > most:
		return fmt.Sprintf("%s or %d more", strings.Join(names[:most], ", "), n-most)
	default:
		return strings.Join(names, ", ")
	}
}

// oneVM is the rule for commands that take one VM, of those that fit.
func (a *app) oneVM(fits func(api.VM) bool) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := oneArg("one VM")(cmd, args)
		if len(args) > 0 || err == nil {
			return err
		}
		if some := a.someOf(cmd, fits); some != "" {
			return usage("%v", err).hint("name one of %s", some)
		}
		return err
	}
}
