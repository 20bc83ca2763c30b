package workspace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"banger/internal/problem"
)

// locate finds the repository that a path lies in, as git would: the nearest folder with a ".git". root is absolute and free of
// links; gitDir is empty for a folder that lies in no repository, which is then its own root. It is done by our own hand because a repository's
// configuration may name another working tree, such as the user's home.
func locate(path string) (root, gitDir string, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "", problem.New(problem.NotFound, "there is no folder %q", path).WithRemedy("name a folder, such as . for this one")
	case err != nil:
		return "", "", problem.New(problem.Invalid, "look at %q: %w", path, err)
	case !info.IsDir():
		return "", "", problem.New(problem.Invalid, "%q is a file", path).
			WithRemedy("name the folder it lies in; banger vm cp copies single files")
	}
	top, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", "", err
	}
	for dir := top; ; dir = filepath.Dir(dir) {
		switch git := filepath.Join(dir, ".git"); {
		case isGitFile(git) || isGitDir(git):
			return dir, git, nil
		case isGitDir(dir):
			return "", "", bare(path, dir)
		case dir == filepath.Dir(dir):
			return top, "", nil
		}
	}
}

func bare(path, dir string) error {
	if filepath.Base(dir) == ".git" {
		return problem.New(problem.Invalid, "%q lies inside git's own folder", path).WithRemedy("name the working tree: %q", filepath.Dir(dir))
	}
	return problem.New(problem.Invalid, "%q is a bare repository, which has no files of its own", dir).
		WithRemedy("name a working tree, such as one that git worktree add makes")
}

// isGitFile reports whether there is a file that says where git's folder is. If it says so wrongly, git will complain.
func isGitFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// isGitDir goes by git's own marks of its folder.
func isGitDir(path string) bool {
	for _, name := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(path, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	_, err := os.Lstat(filepath.Join(path, "HEAD"))
	return err == nil
}
