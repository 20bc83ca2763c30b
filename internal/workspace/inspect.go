package workspace

import (
	"cmp"
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"banger/internal/problem"
	"banger/internal/tree"
)

// Inspect looks at what a path lies in and lists what would go into a guest. It refuses what cannot go. It reads only,
// and no content but git's.
func Inspect(ctx context.Context, s Source) (*Plan, error) {
	root, dotGit, err := locate(s.Path)
	if err != nil {
		return nil, err
	}
	p := &Plan{Root: root, Git: dotGit != "", GuestPath: s.GuestPath, sum: 20, depth: s.Depth, repository: repository{root: root, git: dotGit}}
	if err := p.place(); err != nil {
		return nil, err
	}
	files, err := openBelow(root)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	switch {
	case p.Git:
		err = p.inspectRepository(ctx, s, files)
	case s.Export != "":
		err = noPlace(root)
	default:
		err = p.inspectFolder(ctx, s, files)
	}
	if err != nil {
		return nil, err
	}
	return p, p.check()
}

// place decides where in the guest it goes.
func (p *Plan) place() error {
	if p.Root == "/" {
		return problem.New(problem.Invalid, "the host's root folder is no workspace").WithRemedy("name a folder below it")
	}
	if p.GuestPath == "" {
		p.GuestPath = "/root/" + filepath.Base(p.Root)
	}
	if !path.IsAbs(p.GuestPath) || path.Clean(p.GuestPath) != p.GuestPath || p.GuestPath == "/" || p.GuestPath == "/root" {
		return problem.New(problem.Invalid, "%q is no place for a workspace in the guest", p.GuestPath).
			WithRemedy("name an absolute folder of its own, such as /root/%s", filepath.Base(p.Root))
	}
	return nil
}

func (p *Plan) inspectRepository(ctx context.Context, s Source, files *below) error {
	var untracked []string
	found := p.repository
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return found.look(gctx) })
	if s.Export != "" {
		g.Go(func() error { return p.repository.hasRoomFor(gctx, s.Export) })
	}
	g.Go(func() (err error) {
		p.index, err = p.repository.readIndex(gctx)
		return err
	})
	g.Go(func() (err error) {
		if p.configured, err = p.repository.configure(gctx); err == nil {
			untracked, err = p.untracked(gctx)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	p.repository, p.sum, p.Commit, p.Branch = found, found.sumLength(), found.commit, found.branch
	if s.Branch != "" || s.From != "" {
		if err := p.branchOff(ctx, s); err != nil || p.stored {
			return err
		}
	}
	if err := p.addTracked(ctx, files, "", p.index); err != nil {
		return err
	}
	return p.addUntracked(files, untracked, s.Untracked)
}

// check puts the files in order, and refuses what no guest would take.
func (p *Plan) check() error {
	slices.SortFunc(p.Files, func(a, b tree.Entry) int { return cmp.Compare(a.Path, b.Path) })
	p.Files = slices.CompactFunc(p.Files, func(a, b tree.Entry) bool { return a.Path == b.Path })
	if len(p.Files) > maxFiles {
		return problem.New(problem.Invalid, "%q has %d files; a workspace can have %d", p.Root, len(p.Files), maxFiles).
			WithRemedy("name a smaller folder, or let .bangerignore name what is not to go")
	}
	if err := tree.CheckPath(p.Branch); p.Branch != "" && err != nil {
		return problem.New(problem.Invalid, "the branch %q cannot be one in a guest: %w", p.Branch, err).WithRemedy("choose another name with --branch")
	}
	for _, e := range p.Files {
		if err := tree.CheckPath(e.Path); err != nil {
			return problem.New(problem.Invalid, "%q cannot go into a guest: %w", e.Path, err).WithRemedy("rename it, or take it out of git's index")
		}
	}
	if strings.Count(p.GuestPath, "")+maxLength(p.Files) > tree.MaxPath {
		return problem.New(problem.Invalid, "%q has paths that are too long for %q in the guest", p.Root, p.GuestPath).WithRemedy("choose a shorter --guest-path")
	}
	return nil
}

func maxLength(files []tree.Entry) (longest int) {
	for _, e := range files {
		longest = max(longest, len(e.Path))
	}
	return longest
}
