package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

func newPortsCommand(a *app) *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:   "ports REF",
		Short: "list what listens in a running VM",
		Long: `List the sockets in a running VM that wait for others to call, by port, with the process that has each: all as the
VM's own kernel tells it; and the addresses of this host that lead to them, with a URL where HTTP is spoken. With -q each port once, as
PORT/PROTOCOL.

It opens nothing: banger vm publish does, and banger vm set --expose for all ports from 1024 on.`,
		Example:           "  banger vm ports web\n  banger vm ports web -q",
		Args:              a.oneVM(runningVM),
		ValidArgsFunction: a.complete(vmNames(runningVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runPorts(ctx, a, quiet, args[0]) }),
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "ports only")
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runPorts(ctx context.Context, a *app, quiet bool, ref string) error {
	return a.asking(ctx, func(c *client.Client) error {
		list, err := watch(ctx, a, "ask "+ref, func(client.Progress) (api.PortList, error) { return c.Ports(ctx, ref) })
		if err != nil {
			return err
		}
		shown := list.Ports
		if quiet {
			shown = eachOnce(shown)
		}
		return listing[api.Port]{quiet, portID, portTable}.print(a, list, shown)
	})
}

// portID is a port and its protocol, whichever of IP's versions that runs over.
func portID(p api.Port) string {
	return fmt.Sprintf("%d/%s", p.Port, strings.TrimSuffix(p.Protocol, "6"))
}

func eachOnce(ports []api.Port) []api.Port {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(ports), func(p api.Port) bool {
		again := seen[portID(p)]
		seen[portID(p)] = true
		return again
	})
}

func portTable(ports []api.Port) *table {
	t := newTable("PORT", "PROTOCOL", "ADDRESS", "PROCESS~", "PID", "HOST~", "URL")
	for _, p := range ports {
		pid := ""
		if p.PID > 0 {
			pid = strconv.Itoa(p.PID)
		}
		t.add(strconv.Itoa(p.Port), p.Protocol, p.Address, p.Process, pid, hostOf(p), p.URL)
	}
	return t
}

// hostOf is where this host leads to a port, or why it does not though it was to.
func hostOf(p api.Port) string {
	words := p.Host
	if p.Why != "" {
		words = append(slices.Clone(words), "("+p.Why+")")
	}
	return strings.Join(words, " ")
}
