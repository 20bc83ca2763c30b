package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newShowCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show REF",
		Short: "show one VM in full",
		Long: `Show one VM in full: its state, sizes, address and times. A REF is a name, an id, or the beginning of an id that no other has.

What the VM has said is in banger vm logs; how its guest is, banger vm health asks.`,
		Example:           "  banger vm show web\n  banger vm show web --json",
		Args:              a.oneVM(anyVM),
		ValidArgsFunction: a.complete(vmNames(anyVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runShow(ctx, a, args[0]) }),
	}
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runShow(ctx context.Context, a *app, ref string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	vm, err := watch(ctx, a, "look at "+ref, func(client.Progress) (api.VM, error) { return c.VMUsage(ctx, ref) })
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(vm)
	}
	return a.print(vmFacts(vm).text(a.style(a.Stdout)))
}

func vmFacts(vm api.VM) facts {
	var f facts
	f.add("id", vm.ID)
	f.add("name", vm.Name)
	f.addState("state", vm.State)
	f.add("reason", vm.Reason)
	f.add("engine", vm.Engine)
	f.add("start", vm.Start)
	f.add("image", vm.Image)
	f.add("kernel", vm.Kernel)
	f.add("ip", vm.IP)
	f.add("net", vm.Net)
	f.add("exposed at", vm.Loopback)
	for _, port := range vm.Publish {
		f.add("published", port)
	}
	f.add("vcpu", strconv.Itoa(vm.VCPU))
	f.add("memory", sizeOf(vm.Memory))
	if vm.Own > 0 {
		f.add("memory used", bytesOf(vm.Own)+" its own, "+bytesOf(vm.Shared)+" shared")
	}
	f.add("work disk", sizeOf(vm.Disk))
	f.add("system disk", sizeOf(vm.System))
	if vm.Rm {
		f.add("deleted", "as soon as it does not run")
	}
	if vm.IdleStop > 0 {
		f.add("stops", "when nobody uses it for "+timeOf(time.Duration(vm.IdleStop)*time.Millisecond))
	}
	for _, line := range vm.Pending {
		f.add("next start", line)
	}
	if w := vm.Workspace; w != nil {
		f.add("workspace", w.Path+" at "+w.GuestPath)
		f.add("its commit", w.Commit)
		f.add("prepared", moment(w.Prepared))
	}
	f.add("boot id", vm.BootID)
	f.add("socket", vm.Socket)
	f.add("created", moment(vm.Created))
	f.add("started", moment(vm.Started))
	f.add("stopped", moment(vm.Stopped))
	f.add("last used", moment(vm.Touched))
	return f
}
