package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type prepareOptions struct {
	sourceFlags
	force bool
}

func newPrepareCommand(a *app) *cobra.Command {
	var o prepareOptions
	cmd := &cobra.Command{
		Use:   "prepare [flags] REF [PATH]",
		Short: "put a repository into a running VM, or renew it there",
		Long: `Put the repository that PATH lies in into a running VM, at /root and its name: tracked files as they stand in the working
tree, edits and deletions too; never ignored ones; others only with --include-untracked. A shallow .git goes along. A folder that
is in no repository goes whole, but for what .bangerignore files in it name. Without PATH the repository that is there is renewed.

Preparing again sends what has changed. It refuses to overwrite what was changed in the VM and not exported since,
unless --force is given. To make a VM with a repository in it, use banger run PATH; to bring changes back, banger vm workspace
export; for files outside of it, banger vm cp.`,
		Example: `  banger vm workspace prepare web .
  banger vm workspace prepare web
  banger vm workspace prepare web ~/src/app --branch try --dry-run`,
		Args:              betweenOneAndTwo("a VM and, the first time, a path"),
		ValidArgsFunction: a.completePrepare,
		RunE:              a.run(func(ctx context.Context, args []string) error { return runPrepare(ctx, a, o, args) }),
	}
	flags := cmd.Flags()
	o.addFlags(flags)
	flags.BoolVarP(&o.force, "force", "f", false, "overwrite what was changed in the VM")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	flags.SortFlags = false
	return cmd
}

// completePrepare completes a VM, then a folder.
func (a *app) completePrepare(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return a.complete(vmNames(runningVM), false)(cmd, args, word)
	}
	return foldersOnce(cmd, args[1:], word)
}

func betweenOneAndTwo(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < 1 || len(args) > 2 {
			return usage("%s takes %s, and got %d arguments", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}

func runPrepare(ctx context.Context, a *app, o prepareOptions, args []string) error {
	req, err := o.request(args[1:])
	if err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	done, err := a.prepare(ctx, c, args[0], req)
	if err != nil {
		return err
	}
	if o.dryRun {
		return a.printOverwrites(done)
	}
	if a.json {
		return a.printJSON(done)
	}
	a.sayPlan(done.Plan)
	return nil
}

// prepare sends a workspace and says what it came to.
func (a *app) prepare(ctx context.Context, c *client.Client, ref string, req api.PrepareWorkspace) (api.PreparedWorkspace, error) {
	done, err := watch(ctx, a, "prepare "+ref, func(progress client.Progress) (api.PreparedWorkspace, error) {
		return c.PrepareWorkspace(ctx, ref, req, progress)
	})
	if err == nil && !req.DryRun {
		if n := len(done.Overwritten); n > 0 {
			a.notice(fmt.Sprintf("%s of %s that were changed there were overwritten: %s", countFiles(n), done.VM.Name, some(done.Overwritten)))
		}
		a.notice(fmt.Sprintf("%s, %s, sent to %s:%s", countFiles(done.Files), bytesOf(done.Bytes), done.VM.Name, done.Plan.GuestPath))
	}
	return done, err
}

// request is what the flags and the path, if there is one, ask for.
func (o *prepareOptions) request(paths []string) (req api.PrepareWorkspace, err error) {
	if err := o.check(); err != nil {
		return req, err
	}
	path := ""
	if len(paths) > 0 {
		path = paths[0]
	}
	req.WorkspaceSource, err = o.source(path)
	req.Path, req.WorkspaceSource.Path = req.WorkspaceSource.Path, ""
	req.Force, req.DryRun = o.force, o.dryRun
	return req, err
}

// printOverwrites is printPlan with what of the VM's would be lost.
func (a *app) printOverwrites(p api.PreparedWorkspace) error {
	if a.json {
		return a.printJSON(p)
	}
	if n := len(p.Overwritten); n > 0 {
		a.notice(fmt.Sprintf("%s of %s would be overwritten: %s", countFiles(n), p.VM.Name, some(p.Overwritten)))
	}
	return a.printPlan(p.Plan)
}

// some names the first of many.
func some(names []string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
