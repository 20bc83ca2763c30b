package workspace

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path"
	"slices"
	"strings"

	"banger/internal/problem"
	"banger/internal/tree"
)

// ignoreFile names, in the syntax of .gitignore, what of a folder without git stays behind.
const ignoreFile = ".bangerignore"

// inspectFolder lists a folder that lies in no repository.
func (p *Plan) inspectFolder(ctx context.Context, s Source, files *below) (err error) {
	if s.Branch != "" || s.From != "" {
		return problem.New(problem.Invalid, "%q lies in no git repository, so there is nothing to branch from", p.Root).WithRemedy("leave out --branch and --from")
	}
	if p.configured, err = p.repository.configure(ctx); err != nil {
		return err
	}
	return withScratch(func(scratch string) error {
		call := git{dir: p.Root, env: []string{"GIT_DIR=" + scratch, "GIT_WORK_TREE=" + p.Root}}
		names, err := p.others(ctx, call, "--exclude-per-directory="+ignoreFile)
		if err != nil {
			return err
		}
		if names, err = p.enterNested(ctx, call, files, names); err != nil {
			return err
		}
		return p.addUntracked(files, names, true)
	})
}

// others has git list what is in no index. What git could not read is a notice.
func (p *Plan) others(ctx context.Context, call git, exclude string) ([]string, error) {
	complaints := &bounded{limit: 8 << 10}
	call.complaints = complaints
	out, err := call.run(ctx, "ls-files", "-z", "--others", exclude)
	if err != nil {
		return nil, broken(p.Root, err)
	}
	for line := range strings.Lines(complaints.String()) {
		p.notice("git says: %q", strings.TrimSpace(line))
	}
	return list(out), nil
}

// list parts what git has ended with zeroes.
func list(out string) []string {
	if out == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
}

// enterNested puts the files of repositories in a folder in their place: git does not look into them.
func (p *Plan) enterNested(ctx context.Context, call git, files *below, names []string) ([]string, error) {
	var plain, nested []string
	for _, name := range names {
		dir, isDir := strings.CutSuffix(name, "/")
		if !isDir {
			plain = append(plain, name)
			continue
		}
		p.notice("%q is a repository; its files go along, its history does not", dir)
		found, err := walk(files, dir)
		if err != nil {
			return nil, unreadable(dir, err)
		}
		nested = append(nested, found...)
	}
	if nested == nil {
		return plain, nil
	}
	ignored, err := ignoredOf(ctx, call, nested)
	return append(plain, slices.DeleteFunc(nested, func(name string) bool { return ignored[name] })...), err
}

// walk lists all that is no folder below dir, but nothing of git's.
func walk(files *below, dir string) (names []string, err error) {
	found, err := files.names(dir)
	for _, e := range found {
		name := path.Join(dir, e.Name())
		switch {
		case strings.EqualFold(e.Name(), ".git"):
		case e.IsDir():
			inner, err := walk(files, name)
			if err != nil {
				return nil, err
			}
			names = append(names, inner...)
		default:
			names = append(names, name)
		}
	}
	return names, err
}

// ignoredOf tells which names the ignore files below a working tree exclude, whether or not there are files of these names. Git is asked
// which entries of an index it would ignore: of that it judges by names alone.
func ignoredOf(ctx context.Context, call git, names []string) (map[string]bool, error) {
	index, err := os.CreateTemp("", "banger-index-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(index.Name())
	_, err = index.Write(encodeIndex(nameless(names), 20))
	if err = errors.Join(err, index.Close()); err != nil {
		return nil, err
	}
	call.env = append(call.env, "GIT_INDEX_FILE="+index.Name())
	out, err := call.run(ctx, "ls-files", "-z", "--cached", "--ignored", "--exclude-per-directory="+ignoreFile)
	ignored := map[string]bool{}
	for _, name := range list(out) {
		ignored[name] = true
	}
	return ignored, err
}

// nameless are entries of an index that have a path and no content.
func nameless(names []string) (entries []indexEntry) {
	for _, name := range slices.Sorted(slices.Values(names)) {
		entries = append(entries, indexEntry{path: name, mode: tree.File, sum: bytes.Repeat([]byte{1}, 20)})
	}
	return entries
}

// withScratch lends an empty bare repository.
func withScratch(use func(dir string) error) (err error) {
	dir, err := os.MkdirTemp("", "banger-git-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := initBare(dir, 20); err != nil {
		return err
	}
	return use(dir)
}
