package cli

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"banger/api"
	"banger/client"
)

// batch does one thing to many at once and answers in the order given. Those that succeed are
// printed on standard output, the others explained on standard error.
type batch struct {
	verb string // "stop": for errors and progress
	do   func(ctx context.Context, ref string) error
}

func (a *app) runBatch(ctx context.Context, b batch, refs []string) error {
	results := make([]error, len(refs))
	ready := make([]chan struct{}, len(refs))
	var all sync.WaitGroup
	defer all.Wait()
	shown := a.display()
	defer shown.done()
	shown.report(api.Progress{Phase: b.verb + " " + strings.Join(refs, ", ")})
	for i, ref := range refs {
		ready[i] = make(chan struct{})
		all.Go(func() {
			defer close(ready[i])
			results[i] = b.do(ctx, ref)
		})
	}
	failed := false
	for i, ref := range refs {
		<-ready[i]
		if results[i] != nil {
			failed = true
			shown.aside(func() { a.sayError(fmt.Errorf("%s %s: %w", b.verb, ref, results[i])) })
			continue
		}
		var err error
		if shown.aside(func() { err = a.print(plain(ref) + "\n") }); err != nil {
			return err
		}
	}
	if failed {
		return exitStatus(statusFailed)
	}
	return nil
}

// chosen are the references that were typed or, with --all, the names of every VM that fits.
func chosen(ctx context.Context, c *client.Client, all bool, refs []string, fits func(api.VM) bool) ([]string, error) {
	if !all {
		return refs, nil
	}
	list, err := c.VMs(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, vm := range list.VMs {
		if fits(vm) {
			names = append(names, vm.Name)
		}
	}
	return names, nil
}

// refsOrAll refuses neither and both.
func refsOrAll(all bool, refs []string) error {
	switch {
	case all && len(refs) > 0:
		return usage("--all is for every VM, and VMs are named too")
	case !all && len(refs) == 0:
		return usage("no VM is named").hint("name one or more, or say --all")
	}
	return nil
}
