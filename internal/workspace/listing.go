package workspace

import (
	"context"
	"time"

	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/tree"
)

// listing is what has become of a guest's workspace since its base.
type listing struct {
	base  Base
	state guestlink.Tree
	found []tree.Entry // what has changed, ignored files not among it
	bad   []tree.Entry // what can never be exported, by its path or kind
}

// all is what would be lost with the guest's files.
func (l listing) all() []tree.Entry {
	return append(l.found[:len(l.found):len(l.found)], l.bad...)
}

// list asks a guest what has changed.
func (d Dir) list(ctx context.Context, g Guest, guestPath string) (l listing, err error) {
	l.state, l.found, l.bad, err = changes(ctx, g, guestPath)
	if err != nil {
		return l, err
	}
	if l.state.Base == "" {
		return l, problem.New(problem.NotFound, "no workspace has been prepared in full at %q in the guest", guestPath).
			WithRemedy("banger vm workspace prepare does it; banger vm cp copies files out as they are")
	}
	if l.base, err = d.base(l.state.Base); err != nil {
		return l, err
	}
	l.found, err = d.withoutIgnored(ctx, g, guestPath, l)
	return l, err
}

// Pending is what a guest's workspace has that its base has not.
type Pending struct {
	Files   int  // changed, new or gone
	Commits bool // the guest's repository is at another commit
	// Exported says that nothing would be lost with the guest's files: all of it has been exported, or there is nothing.
	Exported bool
	// Torn says that preparing again was cut off, so that some of the changes can be the host's own.
	Torn bool
}

// lookTime bounds a Look: a guest can be slow without being silent.
const lookTime = 20 * time.Minute

// Look tells what would be lost with a guest's files. Contents are not fetched, but for ignore files of a guest without git.
func (d Dir) Look(ctx context.Context, g Guest, guestPath string) (p Pending, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lookTime, problem.New(problem.Timeout, "the guest took more than %v to tell what has changed", lookTime))
	defer cancel()
	l, err := d.list(ctx, g, guestPath)
	if err != nil {
		return p, err
	}
	p = Pending{Files: len(l.all()), Commits: l.state.Head != l.base.Commit, Torn: l.state.Torn}
	p.Exported, err = d.wasExported(l.base, l.state, l.all())
	return p, err
}
