package cli

import "github.com/spf13/cobra"

// check refuses what cannot be meant, before anything is made.
func (o *runOptions) check(a *app, cmd *cobra.Command, before, command []string) (err error) {
	switch {
	case len(before) > 1 || len(before) == 1 && !isFolder(before[0]):
		return a.strayArgument(cmd, before)
	case o.detach && o.rm:
		return usage("-d and --rm exclude each other").hint("with -d the VM is there to stay; banger vm delete -f removes it")
	case o.detach && (o.exec.tty || o.exec.interactive):
		return usage("-d leaves the command by itself, so -t and -i cannot be had")
	case o.detach && len(command) == 0 && o.exec.any():
		return usage("-d without a command runs none, so -u, -w and --timeout mean nothing").hint("put the command after --")
	case o.detach && o.export != "":
		return usage("-d leaves the command by itself, so nobody exports what it changes").hint("banger vm workspace export does it later")
	}
	if len(before) == 1 {
		o.path = before[0]
	}
	if err := o.checkSource(); err != nil {
		return err
	}
	return o.exec.check()
}

// checkSource refuses what is said of a repository when there is none.
func (o *runOptions) checkSource() (err error) {
	if o.path == "" && (o.source.any() || o.export != "") {
		return usage("--branch, --from, --guest-path, --depth, --include-untracked, --dry-run and --export are about a repository, and no PATH is given").
			hint("name its folder before --, as in: banger run . -- CMD")
	}
	if o.keeping, err = parseKeeping(o.export); err != nil {
		return err
	}
	return o.source.check()
}
