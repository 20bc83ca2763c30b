package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is that of help where there is no terminal, and the most where there is one.
const helpWidth = 100

func newHelpCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND...]",
		Short:             "show the help of a command",
		Long:              "Show the help of a command, as its flag --help does; without one, list all of them.",
		ValidArgsFunction: completeCommand,
		RunE: a.run(func(_ context.Context, args []string) error {
			cmd, rest, err := a.command.Root().Find(args)
			switch {
			case err != nil:
				return err
			case cmd.HasSubCommands() && len(rest) > 0:
				return a.unknownCommand(cmd, rest[0])
			}
			return cmd.Help()
		}),
	}
}

// completeCommand completes the next word of a command.
func completeCommand(cmd *cobra.Command, args []string, _ string) (words []string, _ cobra.ShellCompDirective) {
	if parent, rest, err := cmd.Root().Find(args); err == nil && len(rest) == 0 {
		for _, sub := range parent.Commands() {
			if sub.IsAvailableCommand() {
				words = append(words, sub.Name())
			}
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// help prints what --help prints.
func (a *app) help(cmd *cobra.Command, _ []string) {
	cmd.InitDefaultHelpFlag()
	width := helpWidth
	if l := a.style(a.Stdout); l.width > 0 {
		width = min(width, l.width)
	}
	io.WriteString(a.Stdout, helpText(cmd, width))
}

// helpText is the first paragraph, what one types, and only then the rest.
func helpText(cmd *cobra.Command, width int) string {
	about, more, _ := strings.Cut(cmd.Long, "\n\n")
	var b strings.Builder
	b.WriteString(wrap(about, width) + "\nUsage:\n")
	if cmd.HasSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND\n", cmd.CommandPath())
	} else {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if len(cmd.Aliases) > 0 {
		fmt.Fprintf(&b, "\nAlso called: %s\n", strings.Join(cmd.Aliases, ", "))
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if more != "" {
		b.WriteString("\n" + wrap(more, width))
	}
	if cmd.HasSubCommands() {
		b.WriteString(commandsText(cmd, width))
	}
	b.WriteString(flagsText(cmd.Flags(), width))
	return b.String()
}

func commandsText(cmd *cobra.Command, width int) string {
	whole := cmd
	if !cmd.HasParent() {
		whole = Commands() // groups that no word names have not been made
		whole.InitDefaultHelpCmd()
		whole.InitDefaultCompletionCmd()
		find(whole, "completion").Short = "print the completion script for a shell"
	}
	var b strings.Builder
	section, wide, all := "", 0, entries(whole)
	for _, e := range all {
		wide = max(wide, len(e.path))
	}
	for _, e := range all {
		if e.section != section {
			section = e.section
			b.WriteString("\n" + section + ":\n")
		}
		b.WriteString(clip(fmt.Sprintf("  %-*s  %s", wide, e.path, e.short), width) + "\n")
	}
	return b.String() + "\n" + wrap(cmd.CommandPath()+" COMMAND --help says more about each.", width)
}

// forWhat is the annotation of a flag that says under which title help lists it.
const forWhat = "for-what"

// flagsFor has help list the flags that add adds under a title of their own.
func flagsFor(title string, flags *pflag.FlagSet, add func()) {
	had := map[string]bool{}
	flags.VisitAll(func(flag *pflag.Flag) { had[flag.Name] = true })
	add()
	flags.VisitAll(func(flag *pflag.Flag) {
		if !had[flag.Name] {
			flag.Annotations = map[string][]string{forWhat: {title}}
		}
	})
}

func flagsText(flags *pflag.FlagSet, width int) string {
	const rest = "Flags"
	titles, sets := []string{rest}, map[string]*pflag.FlagSet{rest: pflag.NewFlagSet("", pflag.ContinueOnError)}
	flags.VisitAll(func(flag *pflag.Flag) {
		title := rest
		if given := flag.Annotations[forWhat]; len(given) > 0 {
			title = given[0]
		}
		if sets[title] == nil {
			titles, sets[title] = append(titles, title), pflag.NewFlagSet("", pflag.ContinueOnError)
		}
		sets[title].SortFlags = false
		sets[title].AddFlag(flag)
	})
	var b strings.Builder
	for _, title := range titles {
		b.WriteString("\n" + title + ":\n" + sets[title].FlagUsagesWrapped(width))
	}
	return b.String()
}
