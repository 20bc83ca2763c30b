package cli

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// strayArgument explains arguments of run before -- that are not one folder: most likely an image or a command.
func (a *app) strayArgument(cmd *cobra.Command, args []string) error {
	words, stray := after(a.Args, cmd.Name()), args[0]
	i := max(0, slices.Index(words, stray))
	begin, rest := typed(append(strings.Fields(cmd.CommandPath()), words[:i]...)), words[min(i+1, len(words)):]
	if dash := slices.Index(rest, "--"); dash >= 0 {
		rest = slices.Delete(slices.Clone(rest), dash, dash+1)
	}
	command := " -- " + first(typed(rest), "CMD")
	switch info, err := os.Stat(stray); {
	case err == nil && info.IsDir():
		return usage("%q stands between the folder and --", strings.Join(args[1:], " ")).
			hint("did you mean %s %s%s? A command goes after --", begin, typed([]string{stray}), command)
	case err == nil:
		return usage("%s is a file of this host, which a VM does not see", stray).
			hint("a script can be streamed in: %s -- sh -s <%s; a command of the VM goes after --", begin, typed([]string{stray}))
	case looksLikeImage(stray):
		if len(rest) == 0 {
			command = ""
		}
		image := typed([]string{"--image", stray})
		return usage("no such folder: %s", stray).hint("did you mean `%s`? That is: %s %s%s", image, begin, image, command)
	}
	return usage("no such folder: %s", stray).
		hint("did you mean %s -- %s? A command goes after --", begin, typed(append([]string{stray}, rest...)))
}

// distributions are names that are images rather than commands.
var distributions = []string{"alpine", "archlinux", "centos", "debian", "fedora", "opensuse", "rockylinux", "ubuntu"}

func looksLikeImage(word string) bool {
	name, _, _ := strings.Cut(word, "-")
	return slices.Contains(distributions, name) || strings.Contains(word, ":") ||
		strings.Contains(word, "/") && !strings.HasPrefix(word, "/") && !strings.HasPrefix(word, ".")
}

// swallowed refuses a command without -- some of whose flags would be taken for banger's.
func (a *app) swallowed(cmd *cobra.Command, args []string) error {
	words := after(a.Args, cmd.Name())
	i := slices.Index(words, args[0]) + 1
	i += slices.Index(words[i:], args[1])
	return usage("the flags after %s are taken for banger's own", args[1]).
		hint("put -- before the command: %s -- %s", typed(append(strings.Fields(cmd.CommandPath()), words[:i]...)), typed(words[i:]))
}

// swallows reports whether there is a flag behind the first word of a command that no -- precedes.
func (a *app) swallows(cmd *cobra.Command, args []string) bool {
	if cmd.ArgsLenAtDash() >= 0 || len(args) < 2 {
		return false
	}
	behind := after(after(after(a.Args, cmd.Name()), args[0]), args[1])
	return slices.ContainsFunc(behind, func(word string) bool { return len(word) > 1 && word[0] == '-' })
}
