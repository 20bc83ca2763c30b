package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"banger/internal/guestlink"
	"banger/internal/problem"
)

// The limits of what the guest's git does for an export.
const (
	guestGitTime = 20 * time.Minute
	cleanTime    = 30 * time.Second
)

// guestGit runs the guest's git in its workspace. Index and objects are in a folder of their own, so that nothing in the guest's repository
// changes, and its hooks do not run.
type guestGit struct {
	guest     Guest
	dir, temp string
	env       []string
}

func (w *guestGit) git(ctx context.Context, stdin string, args ...string) (string, error) {
	args = append([]string{
		"git", "-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.safecrlf=false",
		"-c", "core.bigFileThreshold=32m", "-c", "gc.auto=0",
	}, args...)
	out, err := command(ctx, w.guest, w.dir, w.env, strings.NewReader(stdin), nil, args...)
	return strings.TrimSuffix(out, "\n"), err
}

// fetchCommits writes a pack with the guest's new commits, and one more of what is not committed there, and gives
// the last of them. A bundle would need a reference in the guest's repository; a pack does not.
func (e *export) fetchCommits(ctx context.Context, pack string) (tip string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, guestGitTime, problem.New(problem.Timeout, "git in the guest took more than %v", guestGitTime))
	defer cancel()
	w := &guestGit{guest: e.guest, dir: e.guestPath}
	if err := w.open(ctx); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, w.close(ctx)) }()
	if tip, err = w.commit(ctx, e.options.Name); err != nil {
		return "", err
	}
	if !isSum(tip) || len(tip) != len(e.base.Tree) {
		return "", problem.New(problem.GuestFailed, "the guest calls its last commit %.80q", tip)
	}
	if tip == e.base.Commit {
		return tip, nil
	}
	return tip, w.pack(ctx, tip, e.base.Commit, pack, e.room)
}

// open makes the folder in the guest.
func (w *guestGit) open(ctx context.Context) error {
	temp, err := command(ctx, w.guest, w.dir, nil, nil, nil, "mktemp", "-d")
	if err != nil {
		return err
	}
	w.temp = strings.TrimSuffix(temp, "\n")
	if !path.IsAbs(w.temp) || strings.ContainsAny(w.temp, "\n\x00") {
		return problem.New(problem.GuestFailed, "the guest calls a new folder %.80q", w.temp)
	}
	w.env = []string{"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_NO_REPLACE_OBJECTS=1", "GIT_CEILING_DIRECTORIES=" + path.Dir(w.dir)}
	if err := w.separate(ctx); err != nil {
		return errors.Join(err, w.close(ctx))
	}
	return nil
}

// separate points git to an index and objects of their own. The copy of the index keeps its time, by which git knows of which files it must not trust it.
func (w *guestGit) separate(ctx context.Context) error {
	out, err := w.git(ctx, "", "rev-parse", "--git-path", "objects", "--git-path", "index")
	if failed, ok := errors.AsType[*guestlink.Error](err); ok && failed.Code == guestlink.CodeNotFound {
		return problem.New(problem.Unavailable, "the guest has no git, which makes the commits").WithRemedy("install git there, or take a patch (--output) or --apply")
	}
	if err != nil {
		return err
	}
	objects, index, _ := strings.Cut(out, "\n")
	if !path.IsAbs(objects) {
		objects = path.Join(w.dir, objects)
	}
	if err := w.copyIndex(ctx, index); err != nil {
		return err
	}
	w.env = append(w.env, "GIT_INDEX_FILE="+w.temp+"/index", "GIT_OBJECT_DIRECTORY="+w.temp, "GIT_ALTERNATE_OBJECT_DIRECTORIES="+alternate(objects))
	return nil
}

// copyIndex leaves none when there is none, as before the first "git add".
func (w *guestGit) copyIndex(ctx context.Context, index string) error {
	_, err := command(ctx, w.guest, w.dir, nil, nil, nil, "cp", "-p", "--", index, w.temp+"/index")
	if err == nil {
		return nil
	}
	if _, there := command(ctx, w.guest, w.dir, nil, nil, nil, "test", "!", "-e", index); there == nil {
		return nil
	}
	return err
}

// close removes the folder, also after ctx has ended.
func (w *guestGit) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), cleanTime, problem.New(problem.Timeout, "the guest did not answer for %v", cleanTime))
	defer cancel()
	_, err := command(ctx, w.guest, "/", nil, nil, nil, "rm", "-rf", "--", w.temp)
	return err
}

// commit makes a commit of what is not committed, if anything is, and gives the last commit.
func (w *guestGit) commit(ctx context.Context, vm string) (tip string, err error) {
	if _, err := w.git(ctx, "", "add", "--all"); err != nil {
		return "", err
	}
	tree, err := w.git(ctx, "", "write-tree")
	if err != nil {
		return "", err
	}
	args := []string{"commit-tree", tree, "-m", fmt.Sprintf("Uncommitted work in banger VM %s", vm)}
	// Without a commit yet, rev-parse fails.
	if out, err := w.git(ctx, "", "rev-parse", "--quiet", "HEAD^{commit}", "HEAD^{tree}"); err == nil {
		head, was, _ := strings.Cut(out, "\n")
		if was == tree {
			return head, nil
		}
		args = append(args, "-p", head)
	}
	tip, err = w.git(ctx, "", args...)
	if err != nil { // nobody has said whose commits these are
		w.env = append(w.env, "GIT_AUTHOR_NAME=banger", "GIT_AUTHOR_EMAIL=banger@localhost", "GIT_COMMITTER_NAME=banger", "GIT_COMMITTER_EMAIL=banger@localhost")
		tip, err = w.git(ctx, "", args...)
	}
	return tip, err
}

// maxPackFile bounds what a guest sends as a pack, in bytes.
const maxPackFile = 2 << 30

func (w *guestGit) pack(ctx context.Context, tip, base, file string, room int64) (err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	revisions := tip + "\n"
	if base != "" {
		revisions += "^" + base + "\n"
	}
	out := &capped{w: f, left: min(maxPackFile, room), over: problem.New(problem.Exhausted, "the guest's new commits take more than %d GiB, or than this host's disk has free", maxPackFile>>30)}
	_, err = command(ctx, w.guest, w.dir, w.env, strings.NewReader(revisions), out, "git", "-c", "safe.directory=*", "-c", "core.bigFileThreshold=32m",
		"pack-objects", "--revs", "--stdout", "-q")
	return err
}
