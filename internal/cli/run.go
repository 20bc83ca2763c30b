package cli

import (
	"context"
	"time"

	"banger/api"
	"banger/client"
)

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
	started, err := watch(ctx, r.a, "", func(progress client.Progress) (api.Started, error) {
		progress(api.Progress{Phase: "make a VM"})
		return c.CreateVM(ctx, req, progress)
	})
	if err != nil {
		c.Close()
		return err
	}
	created()
	r.times.within("create", started.Phases)
	r.a.notices(started.Notices)
	r.client, r.vm = c, started.VM
	if started.Plan != nil {
		r.a.sayPlan(*started.Plan)
	}
	r.o.exec.inWorkspace(r.vm)
	return nil
}

// leave lets the VM run, with the command in it if there is one.
func (r *run) leave(ctx context.Context, command []string) error {
	if len(command) > 0 {
		started := r.times.measure("exec")
		if err := r.a.detach(ctx, r.vm, r.o.exec, command); err != nil {
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
	if err == nil {
		err = r.keep(ctx, r.o.keeping)
	}
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
	err := r.again(ctx, func(c *client.Client) error {
		_, err := watch(ctx, r.a, "delete "+r.vm.Name, func(client.Progress) (none struct{}, err error) {
			return none, c.DeleteVM(ctx, r.vm.ID, true)
		})
		return err
	})
	if err == nil || isNotFound(err) {
		return true
	}
	r.a.sayError(deleteFailed(r.vm.Name, err))
	return false
}
