package workspace

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"banger/internal/problem"
	"banger/internal/tree"
)

// branchOff has the guest's HEAD be a new branch. From another revision than HEAD, the files are those of that revision as git has
// them: contents come from objects, and no filter touches them.
func (p *Plan) branchOff(ctx context.Context, s Source) error {
	if s.Branch == "" {
		return problem.New(problem.Invalid, "--from says where a branch begins, and there is no --branch").WithRemedy("name the branch: --branch NAME --from %s", s.From)
	}
	if err := checkBranch(ctx, s.Branch); err != nil {
		return err
	}
	p.Branch, p.own = s.Branch, s.Branch
	if s.From == "" || s.From == "HEAD" {
		return nil
	}
	commit, err := p.repository.call().run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", s.From+"^{commit}")
	commit = strings.TrimSpace(commit)
	if err != nil || !isSum(commit) {
		return problem.New(problem.NotFound, "%q has no commit %q", p.Root, s.From).WithRemedy("git log --oneline --all shows what there is")
	}
	p.Commit, p.stored, p.index = commit, true, nil
	p.notice("the files are those of %.12s as git has them, not those of the working tree", commit)
	return p.addStored(ctx)
}

// checkBranch lets git judge a name.
func checkBranch(ctx context.Context, name string) error {
	_, err := git{dir: "/"}.run(ctx, "check-ref-format", "refs/heads/"+name)
	if problem.CodeOf(err) == problem.Unavailable {
		return err
	}
	if err != nil || name == "HEAD" || strings.HasPrefix(name, "-") || tree.CheckPath(name) != nil {
		return problem.New(problem.Invalid, "%q is no name for a branch", name).WithRemedy("git check-ref-format --help has the rules; letters, digits, - and / are fine")
	}
	return nil
}

// addStored lists the files of p.Commit, and makes the index that a checkout of it would have.
func (p *Plan) addStored(ctx context.Context) error {
	out, err := p.repository.call().run(ctx, "ls-tree", "-r", "-z", "-l", "--full-tree", p.Commit)
	if err != nil {
		return broken(p.Root, err)
	}
	now := time.Now().Add(-settled).UnixNano()
	for _, line := range list(out) {
		e, err := parseTree(line)
		if err != nil {
			return err
		}
		e.Time = now
		p.index = append(p.index, indexEntry{path: e.Path, mode: e.Mode, sum: e.Sum})
		if e.Mode == gitlink {
			p.notice("submodule %q stays behind", e.Path)
			e = tree.Entry{Path: e.Path, Mode: tree.Folder}
		}
		p.Files = append(p.Files, e)
	}
	return nil
}

// parseTree reads a line of ls-tree -l. The size of a content that is not there is told in words.
func parseTree(line string) (e tree.Entry, err error) {
	facts, path, ok := strings.Cut(line, "\t")
	words := strings.Fields(facts)
	if !ok || len(words) < 3 {
		return e, fmt.Errorf("git lists %.100q", line)
	}
	mode, err := strconv.ParseUint(words[0], 8, 32)
	if err != nil {
		return e, err
	}
	e = tree.Entry{Path: path, Mode: canonical(tree.Mode(mode))}
	if e.Sum, err = hex.DecodeString(words[2]); err != nil || len(words) < 4 || words[1] != "blob" {
		return e, err
	}
	if e.Size, err = strconv.ParseInt(words[3], 10, 64); err != nil {
		return e, problem.New(problem.Invalid, "the content of %q is not in this repository, which is a partial clone", path).
			WithRemedy("git checkout of that revision fetches it")
	}
	return e, nil
}

// canonical is git's create_ce_mode: old trees have other permissions.
func canonical(m tree.Mode) tree.Mode {
	if m&0o170000 != 0o100000 {
		return m
	}
	if m&0o100 != 0 {
		return tree.Program
	}
	return tree.File
}
