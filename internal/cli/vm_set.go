package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type setOptions struct {
	name     string
	shape    shape
	idleStop idleStop
	net      netFlag
	expose   bool
}

func newSetCommand(a *app) *cobra.Command {
	var o setOptions
	cmd := &cobra.Command{
		Use:   "set [flags] REF",
		Short: "change the name, the size or the network of a VM",
		Long: `Change a VM. A name counts at once, and so do --net, by which connections that are not allowed any
more are cut, and --expose. Everything else counts
from the next start on, as is said then. Disks can only be grown.

Image and kernel of a VM stay what they are: make another VM with banger run. To start and stop it, use banger vm start
and banger vm stop.`,
		Example: `  banger vm set web --name api
  banger vm set web --vcpu 4 --memory 8G && banger vm restart web
  banger vm set web --net allow=github.com,*.debian.org:443`,
		Args:              a.oneVM(anyVM),
		ValidArgsFunction: a.complete(vmNames(anyVM), false),
	}
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		change, err := o.change(cmd.Flags().Changed)
		if err != nil {
			return err
		}
		return runSet(ctx, a, args[0], change)
	})
	cmd.Flags().StringVar(&o.name, "name", "", "new `NAME`")
	o.shape.addFlags(cmd.Flags())
	o.idleStop.addFlag(cmd.Flags())
	o.net.addFlag(cmd)
	cmd.Flags().BoolVar(&o.expose, "expose", false, "mirror its ports at its loopback address; --expose=false: not any more")
	cmd.Flags().SortFlags = false
	a.addJSON(cmd, "print the VM as JSON, with the API's field names")
	return cmd
}

// change is what the flags that were given ask for.
func (o *setOptions) change(given func(flag string) bool) (c api.SetVM, err error) {
	if given("name") {
		if err := validName(o.name); err != nil {
			return c, err
		}
		c.Name = &o.name
	}
	if given("net") {
		c.Net = &o.net.policy
	}
	if given("expose") {
		c.Expose = &o.expose
	}
	if given("vcpu") {
		c.VCPU = (*int)(&o.shape.vcpu)
	}
	for flag, size := range map[string]struct {
		bytes *int64
		into  **int64
	}{
		"memory": {&o.shape.memory.bytes, &c.Memory}, "disk-size": {&o.shape.disk.bytes, &c.Disk}, "system-size": {&o.shape.system.bytes, &c.System},
	} {
		if given(flag) {
			*size.into = size.bytes
		}
	}
	if given("idle-stop") {
		ms := time.Duration(o.idleStop).Milliseconds()
		c.IdleStop = &ms
	}
	if c == (api.SetVM{}) {
		return c, usage("nothing is to be changed").hint("banger vm set --help lists what can be")
	}
	return c, nil
}

func runSet(ctx context.Context, a *app, ref string, change api.SetVM) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	vm, err := watch(ctx, a, "change "+ref, func(client.Progress) (api.VM, error) { return c.SetVM(ctx, ref, change) })
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(vm)
	}
	for _, line := range vm.Pending {
		a.notice("from the next start on: " + line)
	}
	return a.print(plain(vm.Name) + "\n")
}
