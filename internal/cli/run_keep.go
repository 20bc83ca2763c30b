package cli

import (
	"context"
	"fmt"
	"strings"

	"banger/api"
	"banger/client"
)

// keeping is what --export says: a patch in a file, or a branch.
type keeping struct{ file, branch string }

// parseKeeping reads --export, which may be empty.
func parseKeeping(text string) (k keeping, err error) {
	if branch, ok := strings.CutPrefix(text, "branch="); ok {
		if branch == "" {
			err = usage("--export branch= names no branch").hint("--export branch=NAME")
		}
		return keeping{branch: branch}, err
	}
	if text == "-" {
		return k, usage("--export - would mix the patch with what the command prints").hint("name a file")
	}
	return keeping{file: text}, writable(text)
}

// keep brings the changes in the workspace out, as --export says, or tells what is lost with the VM.
func (r *run) keep(ctx context.Context, k keeping) error {
	if r.vm.Workspace == nil || ctx.Err() != nil {
		return nil
	}
	if k == (keeping{}) {
		if r.o.rm && !r.a.quiet {
			r.sayLost(ctx)
		}
		return nil
	}
	defer r.times.measure("export")()
	return r.again(ctx, func(c *client.Client) error {
		_, err := r.a.export(ctx, c, r.vm.ID, api.ExportWorkspace{Patch: k.file != "", Branch: k.branch}, k.file)
		return err
	})
}

// sayLost says how much is lost with the VM.
func (r *run) sayLost(ctx context.Context) {
	defer r.times.measure("look for changes")()
	var changes api.WorkspaceChanges
	err := r.again(ctx, func(c *client.Client) (err error) {
		changes, err = c.WorkspaceChanges(ctx, r.vm.ID)
		return err
	})
	what := countFiles(changes.Files) + " changed in the workspace"
	switch {
	case err != nil:
		what = fmt.Sprintf("nobody knows what has changed in the workspace (%v)", err)
	case changes.Exported || changes.Files == 0 && !changes.Commits:
		return
	case changes.Files == 0:
		what = "there are new commits in the workspace"
	}
	r.a.notice(what + ", which is lost with the VM; --export FILE or --export branch=NAME keeps it, and so does leaving out --rm")
}

// again does something with the daemon, or with another one if that has ended while the command ran.
func (r *run) again(ctx context.Context, do func(*client.Client) error) error {
	err := do(r.client)
	if !client.IsNoDaemon(err) {
		return err
	}
	c, err := r.a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}
