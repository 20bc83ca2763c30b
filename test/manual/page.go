package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// footer is what all pages have at their end.
type footer struct {
	version string
	date    time.Time
}

// page is a command's man page in the man macros (man(7)).
func page(cmd *cobra.Command, f footer) string {
	cmd.InitDefaultHelpFlag() // which cobra else adds when the command runs
	var p roff
	p.macro("TH", strings.ToUpper(pageName(cmd)), "1", f.date.Format("2006-01-02"), "banger "+f.version, "banger")
	p.macro("SH", "NAME")
	p.line(pageName(cmd) + ` \- ` + escape(cmd.Short))
	p.macro("SH", "SYNOPSIS")
	if len(shown(cmd)) > 0 {
		p.verbatim(cmd.CommandPath() + " COMMAND")
	} else {
		p.verbatim(cmd.UseLine())
	}
	p.macro("SH", "DESCRIPTION")
	p.text(cmd.Long)
	if subs := shown(cmd); len(subs) > 0 {
		p.macro("SH", "COMMANDS")
		for _, sub := range subs {
			p.item(sub.CommandPath(), sub.Short)
		}
	}
	p.macro("SH", "OPTIONS")
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			p.option(flag)
		}
	})
	if cmd.Example != "" {
		p.macro("SH", "EXAMPLES")
		p.verbatim(cmd.Example)
	}
	if near := seeAlso(cmd); len(near) > 0 {
		p.macro("SH", "SEE ALSO")
		p.line(strings.Join(near, ", "))
	}
	return p.String()
}

// option says a flag as --help does.
func (p *roff) option(flag *pflag.Flag) {
	value, usage := pflag.UnquoteUsage(flag)
	name := "--" + flag.Name
	if flag.Shorthand != "" {
		name = "-" + flag.Shorthand + ", " + name
	}
	if value != "" {
		name += " " + value
	}
	p.item(name, usage)
}

// shown are the subcommands that help lists, too; help itself needs no page.
func shown(cmd *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(cmd.Commands()), func(sub *cobra.Command) bool { return !sub.IsAvailableCommand() })
}

func seeAlso(cmd *cobra.Command) (near []string) {
	if cmd.HasParent() {
		near = append(near, reference(cmd.Parent()))
	}
	for _, sub := range shown(cmd) {
		near = append(near, reference(sub))
	}
	return near
}

func reference(cmd *cobra.Command) string { return fmt.Sprintf(`\fB%s\fP(1)`, escape(pageName(cmd))) }

// pageName is "banger-vm-run" for the command "banger vm run".
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }
