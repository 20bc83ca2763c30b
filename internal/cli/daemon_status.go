package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
)

func newDaemonStatusCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "say how the daemon is",
		Long: `Say how the daemon is, and how many VMs there are. It is not started.

What it is doing is in banger operations, what it has said in banger daemon logs.

Exit status: 0 when it runs, 1 when it does not.`,
		Args: noArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error { return runDaemonStatus(ctx, a) }),
	}
	a.addJSON(cmd, "print as JSON, with the API's field names")
	return cmd
}

func runDaemonStatus(ctx context.Context, a *app) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	status := c.Status()
	if a.json {
		return a.printJSON(status)
	}
	return a.print(statusFacts(status, time.Now()).text(a.style(a.Stdout)))
}

func statusFacts(status api.Status, now time.Time) facts {
	var counts []string
	for _, state := range slices.Sorted(maps.Keys(status.VMs)) {
		counts = append(counts, fmt.Sprintf("%d %s", status.VMs[state], state))
	}
	var f facts
	f.add("pid", strconv.Itoa(status.PID))
	f.add("version", status.Version)
	f.add("socket", status.Socket)
	f.add("uptime", span(now.Sub(status.Started)))
	f.add("engine", first(status.Engine, "none"))
	f.add("because", status.Why)
	if len(counts) == 0 {
		counts = []string{"none"}
	}
	f.add("vms", strings.Join(counts, ", "))
	f.add("spares", strconv.Itoa(status.Spares))
	f.add("proxy", status.Proxy)
	f.add("names", namesAt(status.DNS))
	return f
}

// namesAt says where the daemon answers for names of VMs.
func namesAt(dns api.DNS) string {
	switch {
	case dns.Listen == "":
		return "off"
	case dns.Problem != "":
		return "not answered for: " + dns.Problem
	}
	return "answered for at " + dns.Listen
}
