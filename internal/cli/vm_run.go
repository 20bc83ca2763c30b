package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type runOptions struct {
	vm      vmFlags
	exec    execFlags
	source  sourceFlags
	path    string // in the repository that goes into the VM; empty: none
	export  string
	keeping keeping // what export says
	rm      bool
	detach  bool
	timing  bool
}

func newRunCommand(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [flags] [PATH] [-- CMD...]",
		Short: "make a fresh VM and run a command in it",
		Long: `Make a fresh VM, run CMD in it, and exit with CMD's status. Without CMD, run a login shell, on a
terminal of its own when this is one.

With PATH, the repository that PATH lies in is copied into the VM, to /root and its name, and CMD runs there: tracked files as they
stand in the working tree, never ignored ones, others only with --include-untracked, and a shallow .git. A folder in no
repository goes whole, but for what .bangerignore files in it name. Changes stay in the VM until banger vm workspace export brings
them back; with --export that is done when CMD ends.

Each run makes another VM: to run something in one that exists, use banger vm exec. To make one and run nothing, use
banger vm create. No folder of this host is shared with the VM.

The VM keeps running afterwards unless --rm is given. With --rm it is deleted when the command ends,
whatever its status, also after Ctrl-C and when this program is killed.

Standard input goes to CMD when it is a file or a pipe; from a terminal only with -i or -t. Ctrl-C and
other signals go to CMD; a second Ctrl-C within two seconds stops waiting for it.

With -d, the VM's name is printed when it is ready, and CMD runs on by itself: what it prints is in
banger vm logs.

With --json, what is said on standard error is one JSON object a line: progress (phase, message, done, total,
unit), notices, and errors. The last line says how it went: vm, exit_status, signal, timed_out, deleted and phases; with -d it
goes to standard output. With -q it is the only one.

Exit status:
  that of CMD; 128+N when signal N ended it, or this program before CMD ran
  124  --timeout ended it
  125  banger failed, or was used wrongly
  126  CMD cannot be executed
  127  CMD was not found in the guest`,
		Example: `  banger run --rm -- uname -a
  banger run ./repo --rm -- make test
  banger run . --rm --export fixes.patch -- make fix
  banger run --rm -e CI=1 --vcpu 4 --memory 4G --timeout 10m -- make test
  banger run -d --name web -- python3 -m http.server`,
		Annotations:       map[string]string{guestStatus: ""},
		ValidArgsFunction: foldersOnce,
	}
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		before, command := splitCommand(cmd, args)
		if err := o.check(a, cmd, before, command); err != nil {
			return err
		}
		if o.source.dryRun {
			return runDryRun(ctx, a, o)
		}
		return runRun(ctx, a, o, command)
	})
	flags := cmd.Flags()
	flags.BoolVar(&o.rm, "rm", false, "delete the VM when the command ends")
	flags.BoolVarP(&o.detach, "detach", "d", false, "return when the VM is ready; CMD runs on by itself")
	flags.BoolVar(&o.timing, "timing", false, "say how long every phase took")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no notices")
	a.addJSON(cmd, "say how it goes, and at the end how it went, as JSON objects")
	flagsFor("Flags for PATH", flags, func() {
		o.source.addFlags(flags)
		flags.StringVar(&o.export, "export", "", "when CMD has ended, write what has changed to the patch `FILE`, or, as branch=NAME, make it a new branch")
	})
	flagsFor("Flags for the VM", flags, func() { o.vm.addFlags(a, cmd) })
	flagsFor("Flags for CMD", flags, func() { o.exec.addFlags(cmd) })
	flags.SortFlags = false
	return cmd
}

// runRun makes the VM, runs the command, and leaves or deletes the VM.
func runRun(ctx context.Context, a *app, o runOptions, command []string) error {
	conf, err := a.config()
	if err != nil {
		return err
	}
	req, err := o.vm.request(a, conf)
	if err != nil {
		return err
	}
	req.Start, req.Rm = true, o.rm
	if o.path != "" {
		source, err := o.source.source(o.path)
		if err != nil {
			return err
		}
		source.Export = o.keeping.branch
		req.Workspace = &source
	}
	if !o.rm {
		req.IdleStop = conf.IdleStop.For(len(command) > 0).Milliseconds()
	}
	r := &run{a: a, o: o, times: newTimeline()}
	if err := r.create(ctx, req); err != nil {
		return err
	}
	defer r.client.Close()
	if o.detach {
		return r.leave(ctx, command)
	}
	return r.accompany(ctx, command)
}

// runDryRun lists what would go into a VM.
func runDryRun(ctx context.Context, a *app, o runOptions) error {
	source, err := o.source.source(o.path)
	if err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	plan, err := watch(ctx, a, "look at "+o.path, func(progress client.Progress) (api.WorkspacePlan, error) {
		return c.PlanWorkspace(ctx, source, progress)
	})
	if err != nil {
		return err
	}
	return a.printPlan(plan)
}
