package workspace

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"banger/internal/problem"
)

// repository is a user's, or a submodule's. Nothing is ever written to it.
type repository struct {
	root string // of the working tree
	git  string // its ".git", a folder or a file
	// The rest is known after look.
	own    string // git's folder for this working tree
	common string // the one that linked worktrees share: objects, references
	format string // of its sums: "sha1", "sha256"
	commit string // HEAD's, empty without commits
	branch string // empty when HEAD is detached
	// indexed is when the index was last written. What changed then or later can differ from what the index says about it.
	indexed time.Time
}

// call is a call of git in r. Where r's files are is said outright: its own configuration could name others.
func (r repository) call() git {
	return git{dir: r.root, env: []string{"GIT_DIR=" + r.git, "GIT_WORK_TREE=" + r.root}}
}

func (r repository) objects() string { return filepath.Join(r.common, "objects") }

// sumLength is that of an object's sum in bytes.
func (r repository) sumLength() int {
	if r.format == "sha256" {
		return 32
	}
	return 20
}

// look asks git for what is to be known of r.
func (r *repository) look(ctx context.Context) error {
	facts := []string{"rev-parse", "--show-object-format", "--absolute-git-dir", "--git-common-dir"}
	out, err := r.call().run(ctx, append(facts, "HEAD^{commit}", "--symbolic-full-name", "HEAD")...)
	var failed *gitError
	unborn := errors.As(err, &failed)
	if unborn {
		out, err = r.call().run(ctx, facts...)
	}
	if err != nil {
		return broken(r.root, err)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) < 3 {
		return broken(r.root, &gitError{verb: "rev-parse", said: "it does not say where its folder is"})
	}
	r.format, r.own, r.common = lines[0], lines[1], lines[2]
	if !filepath.IsAbs(r.common) {
		r.common = filepath.Join(r.root, r.common)
	}
	if info, err := os.Stat(filepath.Join(r.own, "index")); err == nil {
		r.indexed = info.ModTime()
	}
	if unborn {
		return r.unborn(ctx, failed)
	}
	r.commit = lines[3]
	if len(lines) > 4 {
		r.branch, _ = strings.CutPrefix(lines[4], "refs/heads/")
	}
	if r.branch == "HEAD" || len(lines) > 4 && !strings.HasPrefix(lines[4], "refs/heads/") {
		r.branch = ""
	}
	return nil
}

// unborn takes HEAD for a branch without commits, if that is why it names none.
func (r *repository) unborn(ctx context.Context, why error) error {
	if _, err := r.call().run(ctx, "rev-parse", "--quiet", "--verify", "HEAD"); err == nil {
		return broken(r.root, why) // there is a commit, but it cannot be read
	}
	out, err := r.call().run(ctx, "symbolic-ref", "HEAD")
	if err != nil {
		return broken(r.root, err)
	}
	r.branch, _ = strings.CutPrefix(strings.TrimSuffix(out, "\n"), "refs/heads/")
	return nil
}

// broken says that git failed in a user's repository. A git that was broken off is none.
func broken(root string, err error) error {
	if !errors.As(err, new(*gitError)) {
		return err
	}
	return problem.New(problem.Invalid, "git cannot read the repository %q: %w", root, err).WithRemedy("see what git -C %q status says", root)
}
