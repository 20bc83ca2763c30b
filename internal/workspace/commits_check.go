package workspace

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"banger/internal/problem"
	"banger/internal/tree"
)

// maxCommits bounds how many commits one export brings.
const maxCommits = 100_000

// check looks at what each commit brings: no path, mode or link may be one that could do harm when somebody checks it out. What is in
// the commit at which the guest began is the user's own.
func (c *commits) check(ctx context.Context) error {
	list, err := c.git().run(ctx, append([]string{"rev-list", "--max-count=" + strconv.Itoa(maxCommits+1)}, c.span()...)...)
	if err != nil {
		return problem.New(problem.GuestFailed, "the guest's commits are not complete: %w", err)
	}
	if c.count = strings.Count(list, "\n"); c.count > maxCommits {
		return problem.New(problem.GuestFailed, "the guest has more than %d new commits", maxCommits)
	}
	if c.base != "" {
		if c.own, err = leaves(ctx, c.git(), c.base); err != nil {
			return err
		}
	}
	brought, err := c.brought(ctx, list)
	if err != nil {
		return err
	}
	return c.checkLeaves(ctx, brought)
}

// span is the new commits, as arguments.
func (c *commits) span() []string {
	if c.base == "" {
		return []string{c.tip}
	}
	return []string{c.tip, "^" + c.base}
}

// brought lists what is new in each commit against each of its parents.
func (c *commits) brought(ctx context.Context, list string) (all map[placed]bool, err error) {
	diff := c.git()
	diff.stdin = strings.NewReader(list)
	out, err := diff.run(ctx, "diff-tree", "--stdin", "--no-commit-id", "-r", "-z", "-m", "--root", "--raw", "--no-renames", "--no-abbrev")
	if err != nil {
		return nil, err
	}
	all = map[placed]bool{}
	for out != "" {
		head, rest, _ := strings.Cut(out, "\x00")
		path, rest, _ := strings.Cut(rest, "\x00")
		fields := strings.Fields(head) // :OLDMODE NEWMODE OLDSUM NEWSUM STATUS
		if len(fields) != 5 {
			return nil, fmt.Errorf("git diff-tree says %.80q", head)
		}
		mode, err := parseMode(fields[1])
		if err != nil {
			return nil, err
		}
		all[placed{path, leaf{mode, fields[3]}}] = true
		out = rest
	}
	return all, nil
}

// placed is a leaf and where it is.
type placed struct {
	path string
	leaf
}

func (c *commits) checkLeaves(ctx context.Context, brought map[placed]bool) error {
	links := map[string][]string{} // paths by sum
	for p := range brought {
		if c.own[p.path] == p.leaf {
			continue
		}
		switch p.mode {
		case tree.Gone, tree.File, tree.Program:
		case tree.Link:
			links[p.sum] = append(links[p.sum], p.path)
		case gitlink:
			return refused(p.path, "it is the commit of a submodule, which cannot be brought along")
		default:
			return refused(p.path, fmt.Sprintf("it has the mode %o", p.mode))
		}
		if err := tree.CheckPath(p.path); err != nil && p.mode != tree.Gone {
			return refused(p.path, err.Error())
		}
	}
	return c.checkLinks(ctx, links)
}

func (c *commits) checkLinks(ctx context.Context, links map[string][]string) error {
	if len(links) == 0 {
		return nil
	}
	var names strings.Builder
	for sum := range links {
		names.WriteString(sum + "\n")
	}
	ask := c.git()
	ask.stdin = strings.NewReader(names.String())
	out, err := ask.run(ctx, "cat-file", "--batch")
	if err != nil {
		return err
	}
	for out != "" {
		head, rest, _ := strings.Cut(out, "\n") // SUM TYPE SIZE
		fields := strings.Fields(head)
		if len(fields) != 3 {
			return problem.New(problem.GuestFailed, "git says of a link in the guest's commits: %.80q", head)
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil || size >= len(rest) {
			return fmt.Errorf("git cat-file says %.80q", head)
		}
		target := rest[:size]
		out = rest[size+1:]
		for _, path := range links[fields[0]] {
			if size > tree.MaxPath {
				return refused(path, "it is a link that is too long")
			}
			if err := tree.CheckLink(path, target); err != nil {
				return refused(path, "it is a link, and "+err.Error())
			}
		}
	}
	return nil
}

func refused(path, why string) error {
	return problem.New(problem.GuestFailed, "a commit in the guest has %q: %s", path, why).
		WithRemedy("take it out of the commits, or let .gitignore name it; a patch (--output) leaves such things out")
}
