package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type exportOptions struct {
	output, branch string
	apply          bool
	stat, nameOnly bool
}

func newExportCommand(a *app) *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export [flags] REF",
		Short: "bring the changes in a VM's workspace back",
		Long: `Print one patch with all that has changed in a VM's workspace since it was sent: commits, staged and unstaged changes and new files,
but for ignored ones. It applies, with git apply, to the working tree as it stood when it was sent. Nothing changes in the VM.

With --branch the VM's commits become a new branch of the repository here, with one more commit for what is not committed; nothing
is checked out. With --apply the working tree here is changed; that is refused when one of the files has been changed here, too.

Nothing that the VM wrote is run or obeyed here. What could do harm is left out and named: links that lead out of the
tree, and names that git could take for its own folder. To copy files out as they are, use banger vm cp.`,
		Example: `  banger vm workspace export web | git apply
  banger vm workspace export web --output changes.patch
  banger vm workspace export web --branch from-web
  banger vm workspace export web --stat`,
		Args:              a.oneVM(runningVM),
		ValidArgsFunction: a.complete(vmNames(runningVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runExport(ctx, a, o, args[0]) }),
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.output, "output", "o", "", "write the patch to `FILE`; - is standard output")
	flags.StringVar(&o.branch, "branch", "", "make the changes a new branch `NAME` of the repository here")
	flags.BoolVar(&o.apply, "apply", false, "change the working tree here")
	flags.BoolVar(&o.stat, "stat", false, "print how much has changed in each file")
	flags.BoolVar(&o.nameOnly, "name-only", false, "print the names of the files that have changed")
	a.addJSON(cmd, "print what has changed as JSON, with the API's field names")
	cmd.MarkFlagsMutuallyExclusive("output", "branch", "apply")
	cmd.MarkFlagsMutuallyExclusive("stat", "name-only", "json")
	if err := cmd.MarkFlagFilename("output"); err != nil {
		panic(err) // the flag does not exist: a mistake in this package
	}
	flags.SortFlags = false
	return cmd
}

// request is what the flags ask for; a patch, unless something else is to be made or printed.
func (o *exportOptions) request(a *app) api.ExportWorkspace {
	told := o.stat || o.nameOnly || a.json
	return api.ExportWorkspace{
		Patch: o.output != "" || o.branch == "" && !o.apply && !told, Branch: o.branch, Apply: o.apply,
	}
}

func runExport(ctx context.Context, a *app, o exportOptions, ref string) error {
	if o.output == "-" && (o.stat || o.nameOnly || a.json) {
		return usage("--output - and what is to be told would both go to standard output").hint("write the patch to a file")
	}
	if err := writable(o.output); err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	out, err := a.export(ctx, c, ref, o.request(a), o.output)
	if err != nil {
		return err
	}
	switch {
	case a.json:
		return a.printJSON(out)
	case o.nameOnly:
		var names strings.Builder
		for _, f := range out.Files {
			names.WriteString(plain(f.Path) + "\n")
		}
		return a.print(names.String())
	case o.stat:
		return a.print(plainText(out.Stat))
	}
	return nil
}

// export brings changes out, the patch to a file or, with none or "-", to standard output, and says what it came to.
func (a *app) export(ctx context.Context, c *client.Client, ref string, req api.ExportWorkspace, output string) (api.ExportedWorkspace, error) {
	out, err := watch(ctx, a, "export "+ref, func(progress client.Progress) (api.ExportedWorkspace, error) {
		return c.ExportWorkspace(ctx, ref, req, progress)
	})
	if err == nil && req.Patch {
		err = a.savePatch(ctx, c, ref, output)
	}
	if err != nil {
		return out, err
	}
	a.notices(out.Notices)
	for _, l := range out.LeftOut {
		a.notice(fmt.Sprintf("left out %s: %s", l.Path, l.Why))
	}
	a.notice(exported(out, output))
	return out, nil
}

// exported says in one line what an export came to.
func exported(out api.ExportedWorkspace, output string) string {
	text := countFiles(len(out.Files)) + " changed"
	switch {
	case len(out.Files) == 0 && out.Commits == 0:
		text = "nothing has changed"
	case out.Branch != "":
		text += fmt.Sprintf("; branch %s has %d new commits: git merge %s", out.Branch, out.Commits, out.Branch)
	case out.Applied > 0:
		text += "; " + out.Workspace.Path + " has them now"
	case out.PatchSize > 0 && output != "" && output != "-":
		text += "; apply them with: git apply " + output
	}
	return text
}
