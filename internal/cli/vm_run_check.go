package cli

import (
	"os"
	"strings"
)

// check refuses what cannot be meant, before anything is made.
func (o *runOptions) check(before, command []string) error {
	switch {
	case len(before) > 0:
		return strayArgument(before)
	case o.detach && o.rm:
		return usage("-d and --rm exclude each other").hint("with -d the VM is there to stay; banger vm delete -f removes it")
	case o.detach && (o.exec.tty || o.exec.interactive):
		return usage("-d leaves the command by itself, so -t and -i cannot be had")
	case o.detach && len(command) == 0 && o.exec.any():
		return usage("-d without a command runs none, so -u, -w and --timeout mean nothing").hint("put the command after --")
	}
	return o.exec.check()
}

// strayArgument explains an argument before --: most likely an image or a command.
func strayArgument(before []string) error {
	stray, rest := before[0], strings.Join(before[1:], " ")
	switch info, err := os.Stat(stray); {
	case err == nil && info.IsDir():
		return usage("%s is a folder, and this version of banger takes none into a VM", stray).
			hint("leave it out; a command goes after --")
	case strings.Contains(stray, ":") || strings.ContainsAny(stray, "/") && rest != "":
		fix := "--image " + stray
		if rest != "" {
			fix += " -- " + rest
		}
		return usage("no such folder: %s", stray).hint("did you mean `%s`?", fix)
	}
	return usage("no such folder: %s", stray).
		hint("a command goes after --: `-- %s`", strings.TrimSpace(stray+" "+rest))
}
