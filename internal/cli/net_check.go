package cli

import (
	"context"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newNetCheckCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check REF URL",
		Short: "say what a VM's rules would do with a URL, and which of them",
		Long: `Say what would happen if a VM went to a URL, and which of its rules decides. The name is looked up as the guest would, if
the rules allow that; nothing is connected to, and the VM need not run. What it did reach is in banger net log.

Exit status: 0 when it is allowed, 1 when it is not.`,
		Example: `  banger net check web https://github.com
  banger net check web 10.0.0.5:22
  banger net check web 192.0.2.1:53/udp`,
		Args:              twoArgs("a VM and a URL"),
		ValidArgsFunction: a.complete(vmNames(anyVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runNetCheck(ctx, a, args[0], args[1]) }),
	}
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runNetCheck(ctx context.Context, a *app, ref, target string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := watch(ctx, a, "check "+target, func(client.Progress) (api.NetworkFinding, error) { return c.CheckNetwork(ctx, ref, target) })
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(found)
	} else {
		err = a.print(findingText(found))
	}
	if err == nil && !found.Allowed {
		err = exitStatus(1)
	}
	return err
}

func findingText(found api.NetworkFinding) (text string) {
	for _, s := range found.Steps {
		text += plain(s.Subject) + ": " + verdict(s.Allowed) + " by " + plain(s.Rule) + ": " + plain(s.Reason) + "\n"
	}
	return text + verdict(found.Allowed) + "\n"
}

func verdict(allowed bool) string {
	if allowed {
		return "allowed"
	}
	return "refused"
}
