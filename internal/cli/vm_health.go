package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newHealthCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "health REF",
		Short: "ask a running VM how it is",
		Long: `Ask a running VM's agent how it is, and show what the guest found out about itself when it started: whether
its clock, its ids, its random numbers and its disks are its own and right.

It looks at one VM, not at this host: banger doctor does that.`,
		Example:           "  banger vm health web",
		Args:              a.oneVM(runningVM),
		ValidArgsFunction: a.complete(vmNames(runningVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runHealth(ctx, a, args[0]) }),
	}
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runHealth(ctx context.Context, a *app, ref string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	health, err := watch(ctx, a, "ask "+ref, func(client.Progress) (api.Health, error) { return c.Health(ctx, ref) })
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(health)
	}
	return a.print(healthFacts(health).text(a.style(a.Stdout)))
}

func healthFacts(h api.Health) facts {
	var f facts
	f.add("agent", h.Agent)
	f.add("kernel", h.Kernel)
	f.add("up", (time.Duration(h.Uptime) * time.Millisecond).Round(time.Second).String())
	f.add("memory", sizeOf(h.MemAvailable)+" of "+sizeOf(h.MemTotal)+" available")
	f.add("commands", strconv.Itoa(h.Commands))
	for _, line := range h.SelfTest {
		f.add("self-test", line)
	}
	return f
}
