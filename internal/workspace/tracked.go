package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"banger/internal/problem"
	"banger/internal/tree"
)

// addTracked lists the files of an index as they stand in the working tree. prefix is that of a submodule, with a slash at its end.
func (p *Plan) addTracked(ctx context.Context, files *below, prefix string, index []indexEntry) error {
	last := ""
	for _, e := range index {
		if e.path == last { // another side of a conflict
			continue
		}
		last = e.path
		name := prefix + e.path
		s, err := files.lstat(name)
		switch {
		case e.mode == gitlink && (err != nil || s.isDir()):
			err = p.addSubmodule(ctx, files, name)
		case errors.Is(err, fs.ErrNotExist):
			err = nil
		case err == nil:
			p.add(name, p.asIndexed(e.mode, s))
		}
		if err != nil {
			return unreadable(name, err)
		}
	}
	return nil
}

// asIndexed leaves it to the index which files can be executed, where the file system is said not to know.
func (p *Plan) asIndexed(mode tree.Mode, s stat) stat {
	if p.configured.get("core.filemode") == "false" {
		s.Mode = s.Mode&^0o100 | uint32(mode)&0o100
	}
	return s
}

func unreadable(name string, err error) error {
	if problem.CodeOf(err) != problem.Internal || errors.Is(err, context.Canceled) {
		return err
	}
	return problem.New(problem.Invalid, "%q cannot be read: %w", name, err).WithRemedy("make it readable for the user that runs banger, or take it out of git's index")
}

// add lists a file or a link. A folder in its place means that the file is gone.
func (p *Plan) add(name string, s stat) {
	mode := s.mode()
	if mode == tree.Gone {
		if !s.isDir() {
			p.notice("%q is a pipe, a socket or a device and stays behind", name)
		}
		return
	}
	p.Files = append(p.Files, tree.Entry{Path: name, Mode: mode, Size: s.Size, Time: s.Mtime})
}

// addSubmodule lists a submodule's tracked files as plain files, or its folder when it is not there.
func (p *Plan) addSubmodule(ctx context.Context, files *below, name string) error {
	if _, err := files.lstat(path.Join(name, ".git")); err != nil {
		p.Files = append(p.Files, tree.Entry{Path: name, Mode: tree.Folder})
		return nil
	}
	root := filepath.Join(p.Root, filepath.FromSlash(name))
	index, err := repository{root: root, git: filepath.Join(root, ".git")}.readIndex(ctx)
	if err != nil {
		return problem.New(problem.Invalid, "submodule %q: %w", name, err).WithRemedy("git submodule update --init -- %q mends it", name)
	}
	p.notice("submodule %q goes along as plain files: as they stand, without its history", name)
	before := len(p.Files)
	err = p.addTracked(ctx, files, name+"/", index)
	if len(p.Files) == before {
		p.Files = append(p.Files, tree.Entry{Path: name, Mode: tree.Folder})
	}
	return err
}

// untracked lists what is neither tracked nor ignored. Ignored is what the repository and the user say.
func (p *Plan) untracked(ctx context.Context) ([]string, error) {
	call := p.repository.call()
	if _, err := os.Stat(p.configured.excludes); err == nil {
		call.set = [][2]string{{"core.excludesFile", p.configured.excludes}}
	}
	return p.others(ctx, call, "--exclude-standard")
}

// addUntracked lists untracked files, or counts them.
func (p *Plan) addUntracked(files *below, names []string, take bool) error {
	for _, name := range names {
		if name[len(name)-1] == '/' {
			p.notice("%q is a repository of its own and stays behind", name)
			continue
		}
		if !take {
			p.LeftBehind++
			continue
		}
		s, err := files.lstat(name)
		if err == nil {
			p.add(name, s)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return unreadable(name, err)
		}
	}
	return nil
}
