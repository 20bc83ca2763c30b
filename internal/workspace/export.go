package workspace

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"banger/internal/problem"
	"banger/internal/progress"
)

// ExportOptions say what becomes of a guest's changes. Without any, they are just listed.
type ExportOptions struct {
	Patch  string // the file that the patch is written to; absolute
	Branch string // the branch that is made in the user's repository
	Name   string // the VM's, for the message of a commit
	Apply  bool   // to the user's working tree
}

// Exported is what an export brought back.
type Exported struct {
	Base    Base // what the guest's workspace was
	Files   []Changed
	LeftOut []LeftOut
	Stat    string // the files as git diff --stat shows them; names are quoted
	// Branch is empty when the guest has neither commits nor changes.
	Branch    string
	Commits   int   // those that are new in the branch
	Applied   int   // files of the working tree that were changed
	PatchSize int64 // bytes
	// Notices are what the user should know, a sentence each.
	Notices []string
}

// exportTime bounds one export: a guest can be slow without being silent.
const exportTime = time.Hour

// Export brings a guest's changes since the base back to this host. Nothing in the guest changes, and nothing on the host but what the options
// name. What cannot be taken is listed as left out; only an export that leaves nothing out counts for Look.
func (d Dir) Export(ctx context.Context, g Guest, guestPath string, o ExportOptions, sink progress.Sink) (x Exported, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, exportTime, problem.New(problem.Timeout, "the export took more than %v", exportTime))
	defer cancel()
	sink.Phase("look at the guest's workspace")
	l, err := d.list(ctx, g, guestPath)
	if err != nil {
		return x, err
	}
	q, err := d.quarantine(l.base)
	if err != nil {
		return x, fmt.Errorf("make room for the export: %w", err)
	}
	defer func() { err = errors.Join(err, q.remove()) }()
	e := &export{result: Exported{Base: l.base}, quarantine: q, guest: g, guestPath: guestPath, listing: l, options: o, sink: sink}
	if err := e.run(ctx); err != nil {
		return Exported{}, err
	}
	if len(e.result.LeftOut) == 0 && (o.Patch != "" || o.Branch != "" || o.Apply) {
		err = d.markExported(l.state, l.all())
	}
	return e.result, err
}

// export is one export under way.
type export struct {
	*quarantine
	listing
	guest     Guest
	guestPath string
	options   ExportOptions
	sink      progress.Sink
	result    Exported
}

func (e *export) run(ctx context.Context) error {
	if e.state.Torn {
		e.result.Notices = append(e.result.Notices, "preparing this workspace again was cut off: some of the changes can be this host's own")
	}
	if e.options.Branch != "" {
		if err := e.checkBranch(ctx); err != nil {
			return err
		}
	}
	edits, err := e.collect(ctx)
	if err != nil {
		return fmt.Errorf("fetch what has changed in the guest: %w", err)
	}
	now, err := e.write(ctx, e.base.Tree, edits)
	if err != nil {
		return fmt.Errorf("make a tree of what has changed: %w", err)
	}
	if e.result.Files, e.result.Stat, err = e.difference(ctx, e.base.Tree, now); err != nil {
		return fmt.Errorf("compare with what was sent: %w", err)
	}
	return e.give(ctx, now, edits)
}

func (e *export) collect(ctx context.Context) ([]edit, error) {
	base, err := leaves(ctx, e.git(), e.base.Tree)
	if err != nil {
		return nil, err
	}
	c := &collector{quarantine: e.quarantine, base: base, largest: math.MaxInt64, sink: e.sink}
	if e.options.Patch != "" {
		c.largest = maxPatched
	}
	err = c.collect(ctx, e.guest, e.guestPath, e.listing)
	e.result.LeftOut = c.out
	return c.edits, err
}

// give makes what was asked for.
func (e *export) give(ctx context.Context, now string, edits []edit) (err error) {
	if e.options.Branch != "" {
		e.sink.Phase("take the guest's commits")
		if err := e.branch(ctx); err != nil {
			return fmt.Errorf("make the branch %q: %w", e.options.Branch, err)
		}
	}
	if e.options.Patch != "" {
		e.sink.Phase("write the patch")
		if e.result.PatchSize, err = e.patch(ctx, e.base.Tree, now, e.options.Patch); err != nil {
			return err
		}
	}
	if e.options.Apply {
		if e.result.Applied, err = e.apply(ctx, e.base.Root, edits, e.sink); err != nil {
			return fmt.Errorf("apply the changes to %q: %w", e.base.Root, err)
		}
	}
	return nil
}
