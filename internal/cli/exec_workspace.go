package cli

import (
	"context"
	"fmt"
	"sync"

	"banger/api"
	"banger/client"
)

// inWorkspace has a command start in the VM's workspace, unless it is told where.
func (f *execFlags) inWorkspace(vm api.VM) {
	if f.dir == "" && vm.Workspace != nil {
		f.dir = vm.Workspace.GuestPath
	}
}

// warnIfMoved says that the repository on the host has moved on since it was sent, unless nobody can tell.
func (a *app) warnIfMoved(ctx context.Context, c *client.Client, vm api.VM, o execOptions) {
	if o.renew || vm.Workspace == nil || vm.Workspace.Commit == "" {
		return
	}
	status, err := c.WorkspaceStatus(ctx, vm.ID)
	if err == nil && status.Moved {
		a.notice(fmt.Sprintf("HEAD of %s is %.9s now, and was %.9s when it went into %s; banger vm workspace prepare %s renews it",
			vm.Workspace.Path, status.Head, status.Was, vm.Name, vm.Name))
	}
}

// besides does something while the command runs, so that it costs no time, and gives a wait for it; on a terminal, which is raw by then, before.
func (a *app) besides(terminal bool, do func()) (wait func()) {
	if terminal {
		do()
		return func() {}
	}
	var done sync.WaitGroup
	done.Go(do)
	return done.Wait
}

// renewed brings the VM's workspace up to date, if that is asked for.
func (a *app) renewed(ctx context.Context, c *client.Client, vm api.VM, o execOptions) (api.VM, error) {
	if !o.renew {
		return vm, nil
	}
	req := api.PrepareWorkspace{WorkspaceSource: api.WorkspaceSource{GuestPath: o.guestPath, Depth: historyDepth}}
	done, err := a.prepare(ctx, c, vm.ID, req)
	if err != nil {
		return vm, err
	}
	return done.VM, nil
}
