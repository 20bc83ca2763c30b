package cli

import "github.com/spf13/cobra"

// check refuses what cannot be meant, before anything is made.
func (o *runOptions) check(a *app, cmd *cobra.Command, before, command []string) error {
	switch {
	case len(before) > 0:
		return a.strayArgument(cmd, before[0])
	case o.detach && o.rm:
		return usage("-d and --rm exclude each other").hint("with -d the VM is there to stay; banger vm delete -f removes it")
	case o.detach && (o.exec.tty || o.exec.interactive):
		return usage("-d leaves the command by itself, so -t and -i cannot be had")
	case o.detach && len(command) == 0 && o.exec.any():
		return usage("-d without a command runs none, so -u, -w and --timeout mean nothing").hint("put the command after --")
	}
	return o.exec.check()
}
