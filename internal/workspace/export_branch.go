package workspace

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"banger/internal/problem"
)

// checkBranch refuses what cannot become a branch, before the guest has any work with it.
func (e *export) checkBranch(ctx context.Context) error {
	if !e.base.Git {
		return noPlace(e.base.Root)
	}
	if err := e.base.repository().hasRoomFor(ctx, e.options.Branch); err != nil || e.base.Commit == "" {
		return err
	}
	if _, err := e.base.repository().call().run(ctx, "cat-file", "-e", e.base.Commit+"^{commit}"); err != nil {
		return problem.New(problem.Conflict, "the repository %q does not have the commit %.12s any more, at which the guest's begins", e.base.Root, e.base.Commit).
			WithRemedy("take a patch (--output) or --apply")
	}
	return nil
}

func noPlace(root string) error {
	return problem.New(problem.Invalid, "%q is no repository, so that there is no place for a branch", root).WithRemedy("take a patch instead")
}

// hasRoomFor refuses the name of a new branch that cannot be made.
func (r repository) hasRoomFor(ctx context.Context, name string) error {
	if err := checkBranch(ctx, name); err != nil {
		return err
	}
	branches, err := r.call().run(ctx, "for-each-ref", "--format=%(refname:strip=2)", "refs/heads")
	if err != nil {
		return err
	}
	for other := range strings.Lines(branches) {
		other = strings.TrimSuffix(other, "\n")
		if strings.HasPrefix(name+"/", other+"/") || strings.HasPrefix(other, name+"/") { // one is as good as a folder to git
			return problem.New(problem.Taken, "%q has a branch %q already", r.root, other).WithRemedy("choose another name")
		}
	}
	return nil
}

// branch brings the guest's commits into the user's repository, and a branch to find them by. Nothing is checked out. What the guest
// sends goes no further than the quarantine: once it has been checked, a git of this host makes a pack of it, and that goes.
func (e *export) branch(ctx context.Context) error {
	c, err := e.commits(ctx)
	if err != nil {
		return err
	}
	pack := filepath.Join(c.repository, "objects", "pack", "pack-guest.pack")
	c.tip, err = e.fetchCommits(ctx, pack)
	if err != nil || c.tip == c.base {
		return err
	}
	if err := c.index(ctx, pack); err != nil {
		return err
	}
	if err := c.check(ctx); err != nil {
		return err
	}
	if err := e.adopt(ctx, c); err != nil {
		return err
	}
	e.result.Branch, e.result.Commits = e.options.Branch, c.count
	e.leaveSubmodules(c)
	return nil
}

// leaveSubmodules lists what has changed in submodules, whose files are no part of the commits.
func (e *export) leaveSubmodules(c *commits) {
	for _, f := range e.result.Files {
		for dir := range above(f.Path) {
			if c.own[dir].mode == gitlink {
				e.result.LeftOut = append(e.result.LeftOut, LeftOut{f.Path, "it lies in a submodule, and is not in the branch: a patch has it"})
			}
		}
	}
}

// adopt moves the commits into the user's repository and makes the branch. When there is none in the end, there is no pack either.
func (e *export) adopt(ctx context.Context, c *commits) error {
	added, err := c.install(ctx)
	if err != nil {
		return errors.Join(err, added.remove())
	}
	none := strings.Repeat("0", len(c.tip))
	message := fmt.Sprintf("banger: export of VM %s", e.options.Name)
	if _, err := e.base.repository().call().run(ctx, "update-ref", "-m", message, "refs/heads/"+e.options.Branch, c.tip, none); err != nil {
		return errors.Join(err, added.remove())
	}
	return nil
}
