package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"banger/internal/config"
)

// elsewhere is what other programs call a command. VM stands for what follows.
var elsewhere = map[string]string{
	"vms": "vm list", "containers": "vm list", "machines": "vm list", "instances": "vm list",
	"images": "image list", "kernels": "kernel list", "snapshots": "snapshot list", "settings": "config show",
	"launch": "vm create", "new": "vm create", "up": "vm start VM",
	"down": "vm stop VM", "halt": "vm stop VM", "shutdown": "vm stop VM", "poweroff": "vm stop VM", "reboot": "vm restart VM",
	"destroy": "vm delete VM", "remove": "vm delete VM", "rmi": "image delete VM",
	"shell": "vm exec -t VM -- bash -l", "ssh": "vm exec -t VM -- bash -l", "enter": "vm exec -t VM -- bash -l", "attach": "vm exec -t VM -- bash -l",
	"inspect": "vm show VM", "info": "daemon status", "status": "daemon status", "check": "doctor", "jobs": "operations",
	"rename": "vm set VM", "resize": "vm set VM", "edit": "vm set VM", "update": "vm set VM",
	"suspend": "vm pause VM", "freeze": "vm pause VM", "unpause": "vm resume VM", "thaw": "vm resume VM",
	"clone": "vm fork VM", "copy": "vm cp VM", "top": "vm stats VM", "save": "vm snapshot VM", "checkpoint": "vm snapshot VM", "commit": "vm snapshot VM",
	"revert": "vm restore VM", "rollback": "vm restore VM", "du": "system df",
}

// unknownCommand explains a word that is no command of cmd, which is banger itself or a group.
func (a *app) unknownCommand(cmd *cobra.Command, word string) error {
	wrong := usage("unknown command %q for %q", word, cmd.CommandPath())
	if meant := meantCommand(cmd, word, after(a.Args, word)); meant != "" {
		return wrong.hint("did you mean %s?", meant)
	}
	return wrong.hint("%s --help", cmd.CommandPath())
}

// meantCommand is the command line that was meant, empty when there is no telling.
func meantCommand(cmd *cobra.Command, word string, rest []string) string {
	all := Commands()
	if group := find(all, strings.TrimSuffix(word, "s")); group.HasSubCommands() && group != all && len(rest) > 0 {
		return typed(append(strings.Fields(group.CommandPath()), rest...)) // banger images list
	}
	here, _, _ := all.Find(strings.Fields(cmd.CommandPath())[1:])
	vm := find(all, "vm")
	meant := named(word, append([]*cobra.Command{vm, all}, all.Commands()...)...)
	if meant == "" && elsewhere[word] != "" {
		return "banger " + strings.Replace(elsewhere[word], "VM", first(typed(rest), "VM"), 1)
	}
	for _, parent := range []*cobra.Command{here, vm} {
		if meant == "" {
			meant = named(config.Nearest(word, commandNames(parent)), parent)
		}
	}
	if meant == "" {
		return ""
	}
	return typed(append(strings.Fields(meant), rest...))
}

// named is the path of the first command of that name below parents, empty when there is none.
func named(name string, parents ...*cobra.Command) string {
	for _, parent := range parents {
		for _, sub := range parent.Commands() {
			if sub.Name() == name {
				return sub.CommandPath()
			}
			if slices.Contains(sub.Aliases, name) {
				return parent.CommandPath() + " " + name
			}
		}
	}
	return ""
}

func find(parent *cobra.Command, name string) *cobra.Command {
	for _, sub := range parent.Commands() {
		if sub.Name() == name {
			return sub
		}
	}
	return parent
}

// commandNames are those of the commands below one.
func commandNames(parent *cobra.Command) (all []string) {
	for _, sub := range parent.Commands() {
		all = append(append(all, sub.Name()), sub.Aliases...)
	}
	return all
}

// after is what follows the first occurrence of word.
func after(words []string, word string) []string {
	if i := slices.Index(words, word); i >= 0 {
		return words[i+1:]
	}
	return nil
}

// typed is how one types words in a shell.
func typed(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = word
		if word == "" || strings.ContainsAny(word, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
