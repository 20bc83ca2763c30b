package cli

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
)

type listOptions struct {
	fits    func(api.VM) bool
	all     bool
	latest  bool
	quiet   bool
	filters []string
}

func newListCommand(a *app) *cobra.Command {
	return newVMListing(a, &listOptions{fits: anyVM}, &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "list every VM, running or not",
		Long:    "List every VM, running or not, oldest first. banger ps lists those that run; banger vm show shows one in full.",
		Example: "  banger vm list --filter state=stopped\n  banger vm list --json",
	})
}

func newPsCommand(a *app) *cobra.Command {
	return newVMListing(a, &listOptions{fits: liveVM}, &cobra.Command{
		Use:   "ps",
		Short: "list the VMs that run",
		Long: `List the VMs that run, oldest first; with -a the others too, as banger vm list does. What runs in a VM is shown by
banger vm exec REF -- ps.`,
		Example: "  banger ps\n  banger ps -aq",
	})
}

// newVMListing makes list and ps, which take the same flags.
func newVMListing(a *app, o *listOptions, cmd *cobra.Command) *cobra.Command {
	cmd.Long += `

DISK is the nominal size of the work disk. A narrow terminal gets fewer columns; --json always has everything.`
	cmd.Args = noArgs
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error { return runList(ctx, a, *o) })
	cmd.Flags().BoolVarP(&o.all, "all", "a", false, "those that do not run too (list shows them anyway)")
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "ids only")
	cmd.Flags().BoolVarP(&o.latest, "latest", "l", false, "only the one created last")
	cmd.Flags().StringArrayVar(&o.filters, "filter", nil, "only VMs with `KEY=PATTERN`, such as name=web-*; keys: "+strings.Join(filterKeys(), ", "))
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runList(ctx context.Context, a *app, o listOptions) error {
	wanted, err := parseFilters(o.filters)
	if err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.VMs(ctx)
	if err != nil {
		return err
	}
	list.VMs = slices.DeleteFunc(list.VMs, func(vm api.VM) bool { return !o.all && !o.fits(vm) || !wanted.match(vm) })
	if o.latest && len(list.VMs) > 1 {
		list.VMs = list.VMs[len(list.VMs)-1:]
	}
	if list.VMs == nil {
		list.VMs = []api.VM{}
	}
	l := listing[api.VM]{o.quiet, func(vm api.VM) string { return vm.ID }, func(all []api.VM) *table { return vmTable(all, time.Now()) }}
	return l.print(a, list, list.VMs)
}

func vmTable(vms []api.VM, now time.Time) *table {
	t := newTable("ID", "NAME~", "STATE", "ENGINE", "IMAGE~", "IP", "VCPU", "MEM", "DISK", "WORKSPACE", "CREATED")
	for _, vm := range vms {
		t.add(shortID(vm.ID), vm.Name, vm.State, vm.Engine, vm.Image, vm.IP, strconv.Itoa(vm.VCPU),
			sizeOf(vm.Memory), sizeOf(vm.Disk), workspaceColumn(vm.Workspace), age(vm.Created, now))
	}
	return t
}
