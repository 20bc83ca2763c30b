package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type runOptions struct {
	vm     vmFlags
	exec   execFlags
	rm     bool
	detach bool
	timing bool
}

func newRunCommand(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [flags] [-- CMD...]",
		Short: "make a fresh VM and run a command in it",
		Long: `Make a fresh VM, run CMD in it, and exit with CMD's status. Without CMD, run a login shell, on a
terminal of its own when this is one.

The VM keeps running afterwards unless --rm is given. With --rm it is deleted when the command ends,
whatever its status, also after Ctrl-C and when this program is killed.

Standard input goes to CMD when it is a file or a pipe; from a terminal only with -i or -t. Ctrl-C and
other signals go to CMD; a second Ctrl-C within two seconds stops waiting for it.

With -d, the VM's name is printed when it is ready, and CMD runs on by itself: what it prints is in
"banger vm logs".

With --json, the last line says how it went, as one JSON object: vm, exit_status, signal, timed_out, deleted
and phases. It goes to standard error, because standard output is CMD's; with -d, to standard output.

Exit status:
  that of CMD; 128+N when signal N ended it, or this program before CMD ran
  124  --timeout ended it
  125  banger failed, or was used wrongly
  126  CMD cannot be executed
  127  CMD was not found in the guest`,
		Example: `  banger run --rm -- uname -a
  banger run --rm
  banger run --rm -e CI=1 --vcpu 4 --memory 4G --timeout 10m -- make test
  banger run -d --name web -- python3 -m http.server`,
		Annotations: map[string]string{guestStatus: ""},
	}
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		before, command := splitCommand(cmd, args)
		if err := o.check(before, command); err != nil {
			return err
		}
		return runRun(ctx, a, o, command)
	})
	o.vm.addFlags(a, cmd)
	o.exec.addFlags(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&o.rm, "rm", false, "delete the VM when the command ends")
	flags.BoolVarP(&o.detach, "detach", "d", false, "return when the VM is ready; CMD runs on by itself")
	flags.BoolVar(&o.timing, "timing", false, "say how long every phase took")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no notices")
	a.addJSON(cmd, "say how it went as one JSON object at the end")
	return cmd
}

// runRun makes the VM, runs the command, and leaves or deletes the VM.
func runRun(ctx context.Context, a *app, o runOptions, command []string) error {
	a.quiet = a.quiet || a.json
	conf, err := a.config()
	if err != nil {
		return err
	}
	req, err := o.vm.request(a, conf)
	if err != nil {
		return err
	}
	req.Start, req.Rm = true, o.rm
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

// run is one banger run.
type run struct {
	a      *app
	o      runOptions
	times  *timeline
	client *client.Client
	vm     api.VM
}

func (r *run) create(ctx context.Context, req api.CreateVM) error {
	connected := r.times.measure("connect")
	c, err := r.a.connect(ctx)
	if err != nil {
		return err
	}
	connected()
	r.a.notice(specLine(c, req))
	created := r.times.measure("create")
	started, err := watch(r.a, "", func(progress client.Progress) (api.Started, error) {
		return c.CreateVM(ctx, req, progress)
	})
	if err != nil {
		c.Close()
		return err
	}
	created()
	r.times.within("create", started.Phases)
	r.client, r.vm = c, started.VM
	return nil
}

// leave lets the VM run, with the command in it if there is one.
func (r *run) leave(ctx context.Context, command []string) error {
	if len(command) > 0 {
		started := r.times.measure("exec")
		x := r.o.exec.command(r.a, command)
		x.Detach = true
		if _, err := client.Exec(ctx, r.vm, x, client.Streams{}); err != nil {
			r.sayRuns()
			return r.a.refused(err)
		}
		started()
	}
	r.sayRuns()
	r.report(client.Exit{}, 0, false)
	if r.a.json {
		return nil
	}
	return r.a.print(plain(r.vm.Name) + "\n")
}

// accompany runs the command to its end.
func (r *run) accompany(ctx context.Context, command []string) (err error) {
	if r.o.rm {
		lease, err := client.Lease(ctx, r.vm)
		if err != nil {
			r.remove()
			return err
		}
		defer lease.Close()
	}
	ended := r.times.measure("exec")
	exit, status, err := r.a.attach(ctx, r.vm, r.o.exec, command)
	ended()
	deleted := false
	if r.o.rm {
		deleted = r.remove()
	} else {
		r.sayRuns()
	}
	if err != nil {
		return err
	}
	r.report(exit, status, deleted)
	if status != 0 {
		return exitStatus(status)
	}
	return nil
}

// removeTimeout bounds the deletion of a VM whose command has ended.
const removeTimeout = 60 * time.Second

// remove deletes the VM whatever has happened before: the daemon may have ended
// while the command ran, and the user may have lost patience.
func (r *run) remove() bool {
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	defer r.times.measure("delete")()
	err := r.client.DeleteVM(ctx, r.vm.ID, true)
	if client.IsNoDaemon(err) {
		err = r.removeAnew(ctx)
	}
	if err == nil || isNotFound(err) {
		return true
	}
	r.a.sayError(deleteFailed(r.vm.Name, err))
	return false
}

func (r *run) removeAnew(ctx context.Context) error {
	c, err := r.a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.DeleteVM(ctx, r.vm.ID, true)
}
