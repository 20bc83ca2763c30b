package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"banger/internal/guestlink"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/tree"
)

// RenewOptions say how a workspace is prepared again.
type RenewOptions struct {
	Force  bool   // overwrite work in the guest that has not been exported
	DryRun bool   // tell what would be done, and do nothing
	Name   string // the VM's, for what is said
}

// Renew makes a guest's workspace what p says, and sends only what differs. Files that were changed in the guest are set back; new
// ones of the guest's stay unless they are in the way. d has been staged for p. A guest without a workspace gets one.
func (d Dir) Renew(ctx context.Context, g Guest, p *Plan, o RenewOptions, sink progress.Sink) (sent Sent, err error) {
	n := renewal{dir: d, plan: p, path: p.GuestPath}
	last, err := d.last()
	if err != nil {
		return sent, err
	}
	if last != nil {
		n.path = last.GuestPath
	}
	if err := n.look(ctx, g, o); err != nil {
		return sent, err
	}
	stays := n.path == p.GuestPath
	switch {
	case n.unexported && !o.Force && !o.DryRun:
		return sent, n.refusal(o.Name)
	case n.base == nil || !stays:
		return d.anew(ctx, g, p, !o.Force && !(stays && n.state.Torn), o.DryRun, sink)
	}
	return n.send(ctx, g, o, sink)
}

// renewal is one Renew.
type renewal struct {
	dir        Dir
	plan       *Plan
	path       string // where the guest's workspace was until now
	base       *Base  // that the guest has; nil without a workspace
	state      guestlink.Tree
	found      []tree.Entry // what was changed in the guest
	unexported bool
}

// look asks the guest what it has.
func (n *renewal) look(ctx context.Context, g Guest, o RenewOptions) error {
	state, found, bad, err := changes(ctx, g, n.path)
	if refusal, ok := errors.AsType[*guestlink.Error](err); ok && refusal.Code == guestlink.CodeNotFound {
		return nil
	}
	if n.state = state; err != nil || state.Base == "" {
		return err
	}
	n.found = append(found, bad...)
	base, err := n.dir.base(state.Base)
	if problem.CodeOf(err) == problem.NotFound && o.Force {
		return nil
	}
	if err != nil {
		return err
	}
	n.base = &base
	l := listing{base: base, state: state, found: found, bad: bad}
	if l.found, err = n.dir.withoutIgnored(ctx, g, n.path, l); err != nil {
		return err
	}
	exported, err := n.dir.wasExported(base, state, l.all())
	n.unexported = !exported
	return err
}

// named is how many files a refusal names.
const named = 10

func (n *renewal) refusal(vm string) error {
	var names []string
	for _, e := range n.found[:min(len(n.found), named)] {
		names = append(names, fmt.Sprintf("%q", e.Path))
	}
	if more := len(n.found) - named; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	what := strings.Join(names, ", ")
	if what == "" {
		what = "commits"
	}
	why := "the guest has work in %q that has not been exported: %s"
	if n.state.Torn {
		why = "preparing %q was cut off once, so that it cannot be told what of this is the guest's work: %s"
	}
	return problem.New(problem.Conflict, why, n.path, what).
		WithRemedy("keep it: banger vm workspace export %s; or overwrite it with --force", vm)
}

// send sends the difference.
func (n *renewal) send(ctx context.Context, g Guest, o RenewOptions, sink progress.Sink) (sent Sent, err error) {
	guest, err := n.guest(ctx)
	if err != nil {
		return sent, err
	}
	u, err := n.dir.begin(ctx, n.plan, guest, sink)
	if err != nil {
		return sent, err
	}
	defer func() { err = errors.Join(err, u.read.Close()) }()
	obsolete := n.obsolete(guest)
	write := func() (string, error) {
		for _, name := range obsolete {
			if err := u.gone(name); err != nil {
				return "", err
			}
		}
		if err := u.files(ctx); err != nil || o.DryRun {
			return "", err
		}
		return u.finish(ctx, n.packs())
	}
	if o.DryRun {
		u.read.keep = false
		_, err = write()
	} else {
		err = u.talk(ctx, g, false, write)
	}
	u.sent.Overwritten, u.sent.Unexported = n.overwritten(u), n.unexported
	return u.sent, err
}

// anew sends everything.
func (d Dir) anew(ctx context.Context, g Guest, p *Plan, fresh, dry bool, sink progress.Sink) (sent Sent, err error) {
	if !dry {
		return d.send(ctx, g, p, fresh, sink)
	}
	for _, e := range p.Files {
		sent.Files, sent.Bytes = sent.Files+1, sent.Bytes+e.Size
	}
	return sent, nil
}

// last is the newest base; nil when there is none.
func (d Dir) last() (last *Base, err error) {
	found, err := os.ReadDir(string(d))
	for _, e := range found {
		id, isBase := strings.CutPrefix(strings.TrimSuffix(e.Name(), ".json"), "base-")
		if !isBase || !isSum(id) {
			continue
		}
		b, err := d.base(id)
		if err != nil {
			return nil, err
		}
		if last == nil || b.At.After(last.At) {
			last = &b
		}
	}
	return last, err
}
