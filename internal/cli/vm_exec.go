package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type execOptions struct {
	exec      execFlags
	env       []string
	start     bool
	detach    bool
	renew     bool
	guestPath string
}

func newExecCommand(a *app) *cobra.Command {
	var o execOptions
	cmd := &cobra.Command{
		Use:   "exec [flags] REF -- CMD...",
		Short: "run a command in a running VM",
		Long: `Run CMD in a VM that runs, and exit with CMD's status. Put -- before CMD, so that its flags are not taken for banger's.

It makes no VM: banger run does. A VM that does not run is refused, unless --start is given.

When a repository has been put into the VM, CMD runs there, and it is said when HEAD of the repository here is another by now;
--auto-prepare renews it first, as banger vm workspace prepare does.

Standard input goes to CMD when it is a file or a pipe; from a terminal only with -i or -t. Ctrl-C and
other signals go to CMD; a second Ctrl-C within two seconds stops waiting for it. When this program
goes away, CMD ends; with --detach it runs on by itself, and what it prints is in banger vm logs.

Exit status:
  that of CMD; 128+N when signal N ended it, or this program before CMD ran
  124  --timeout ended it
  125  banger failed, or was used wrongly
  126  CMD cannot be executed
  127  CMD was not found in the guest`,
		Example: `  banger vm exec web -- ps aux
  banger vm exec -t web -- bash -l
  tar c . | banger vm exec web -w /srv -- tar x`,
		ValidArgsFunction: a.complete(vmNames(runningVM), false),
		Annotations:       map[string]string{guestStatus: ""},
	}
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		before, command := splitCommand(cmd, args)
		if len(before) == 0 {
			return a.noVM(cmd)
		}
		if a.swallows(cmd, args) {
			return a.swallowed(cmd, args)
		}
		if len(before) > 1 && len(command) > 0 {
			return usage("%q stands between the VM and --", before[1]).hint("banger vm exec REF -- CMD")
		}
		if command = append(before[1:], command...); len(command) == 0 {
			return usage("no command is given").hint("banger vm exec %s -- CMD; `bash -l` is a shell, with -t on a terminal", before[0])
		}
		return runExec(ctx, a, o, before[0], command)
	})
	o.exec.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.env, "env", "e", nil, "`NAME=VALUE` for the command; NAME alone takes the value from here")
	flags.BoolVar(&o.start, "start", false, "start the VM if it does not run")
	flags.BoolVar(&o.renew, "auto-prepare", false, "renew the VM's workspace first")
	flags.StringVar(&o.guestPath, "guest-path", "", "`FOLDER` of the VM that --auto-prepare puts the workspace at, if not where it is")
	flags.BoolVarP(&o.detach, "detach", "d", false, "leave the command running by itself")
	flags.SortFlags = false
	return cmd
}

// noVM says which ones there are.
func (a *app) noVM(cmd *cobra.Command) error {
	wrong := usage("no VM is named").hint("banger vm exec REF -- CMD")
	if some := a.someOf(cmd, runningVM); some != "" {
		wrong.hint("banger vm exec REF -- CMD, where REF is one of %s", some)
	}
	return wrong
}

func runExec(ctx context.Context, a *app, o execOptions, ref string, command []string) error {
	if err := o.check(); err != nil {
		return err
	}
	env, err := a.environment(o.env)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		o.exec.env = append(o.exec.env, name+"="+env[name])
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	vm, err := c.VM(ctx, ref)
	if err != nil {
		return err
	}
	if vm.Socket == "" && o.start {
		if vm, err = a.startFor(ctx, c, vm); err != nil {
			return err
		}
	}
	if vm, err = a.renewed(ctx, c, vm, o); err != nil {
		return err
	}
	o.exec.inWorkspace(vm)
	defer a.besides(o.exec.tty, func() { a.warnIfMoved(ctx, c, vm, o) })()
	if o.detach {
		return a.refused(a.detach(ctx, vm, o.exec, command))
	}
	_, status, err := a.attach(ctx, vm, o.exec, command)
	if err == nil && status != 0 {
		err = exitStatus(status)
	}
	return err
}

func (o *execOptions) check() error {
	if o.guestPath != "" && !o.renew {
		return usage("--guest-path is where --auto-prepare puts the workspace").hint("add --auto-prepare, or use -w to choose a folder")
	}
	if o.detach && (o.exec.tty || o.exec.interactive) {
		return usage("--detach leaves the command by itself, so -t and -i cannot be had")
	}
	return o.exec.check()
}

// startFor starts a VM in which something is to be run.
func (a *app) startFor(ctx context.Context, c *client.Client, vm api.VM) (api.VM, error) {
	started, err := watch(ctx, a, "start "+vm.Name, func(progress client.Progress) (api.Started, error) {
		return c.StartVM(ctx, vm.ID, progress)
	})
	if err != nil {
		return vm, fmt.Errorf("start %s: %w", vm.Name, err)
	}
	a.notices(started.Notices)
	return started.VM, nil
}
