package cli

import (
	"context"

	"banger/api"
	"banger/client"
)

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
func (a *app) refsOrAll(all bool, refs []string, fits func(api.VM) bool) error {
	switch {
	case all && len(refs) > 0:
		return usage("--all is for every VM, and VMs are named too")
	case !all && len(refs) == 0:
		if some := a.someOf(a.command, fits); some != "" {
			return usage("no VM is named").hint("name one or more of %s; or say --all", some)
		}
		return usage("no VM is named").hint("name one or more, or say --all")
	}
	return nil
}
