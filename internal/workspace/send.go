package workspace

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"banger/internal/progress"
)

// Send writes the files of p and a .git into a guest, into a folder with nothing in it, and notes the tree as it was sent. d has been
// staged for p.
func (d Dir) Send(ctx context.Context, g Guest, p *Plan, sink progress.Sink) (Sent, error) {
	return d.send(ctx, g, p, true, sink)
}

func (d Dir) send(ctx context.Context, g Guest, p *Plan, fresh bool, sink progress.Sink) (sent Sent, err error) {
	u, err := d.begin(ctx, p, map[string]leaf{}, sink)
	if err != nil {
		return sent, err
	}
	defer func() { err = errors.Join(err, u.read.Close()) }()
	err = u.talk(ctx, g, fresh, func() (string, error) {
		if err := u.files(ctx); err != nil {
			return "", err
		}
		return u.finish(ctx, nil)
	})
	return u.sent, err
}

// finish sends .git, of whose packs the guest has those in has, and notes the base. The base is noted first: a guest may not know one that the host does not.
func (u *put) finish(ctx context.Context, has []string) (id string, err error) {
	packs, err := u.dir.packs()
	if err != nil {
		return "", err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		id, err = u.tree(gctx)
		return err
	})
	g.Go(func() error { return u.dotGit(packs, has) })
	if err := g.Wait(); err != nil {
		return "", err
	}
	p := u.plan
	u.sent.Base = Base{
		Tree: id, Commit: p.Commit, Head: p.repository.commit, Own: p.own, Branch: p.Branch, Root: p.Root, Git: p.Git, GuestPath: p.GuestPath, At: time.Now().UTC(), Packs: packs,
	}
	if err := u.dir.memorize(p.Root, u.began, u.done); err != nil {
		return "", err
	}
	return id, u.dir.writeBase(u.sent.Base)
}

// writeTree makes git's trees of an index whose contents are in d.
func (d Dir) writeTree(ctx context.Context, index []byte) (id string, err error) {
	f, err := os.CreateTemp(string(d), "index-*.tmp")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.Write(index)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	call := d.git()
	call.env = append(call.env, "GIT_INDEX_FILE="+filepath.Base(f.Name()))
	id, err = call.run(ctx, "write-tree")
	return strings.TrimSpace(id), err
}
