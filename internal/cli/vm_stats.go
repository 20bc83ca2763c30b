package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type statsOptions struct {
	refs []string // empty: every VM that runs
	once bool
}

func newStatsCommand(a *app) *cobra.Command {
	var o statsOptions
	cmd := &cobra.Command{
		Use:   "stats [REF...]",
		Short: "show what running VMs use",
		Long: `Show what running VMs use: those named, or all. On a terminal the table is drawn anew each second until Ctrl-C;
elsewhere it is printed once, a second after the start, since a rate takes two looks.

The processes in a VM are shown by banger vm exec REF -- top; what its disks may grow to, by banger vm show.

  CPU          processor time of the engine; 100% is one processor of this host
  OWN, SHARED  memory of this host: the VM's alone, and what it may share with other forks of its template
  GUEST MEM    used and total, as the guest tells; empty when it does not answer at once
  DISK         what the VM's disks take on this host
  READ, WRITTEN  bytes from and to this host's disks; what its cache held is not counted
  COMMANDS     run in the guest by banger

With --json one object a line for each VM and each look, with the API's field names and cpu_percent.`,
		Example:           "  banger vm stats\n  banger vm stats web --no-stream --json",
		ValidArgsFunction: a.complete(vmNames(runningVM), true),
		RunE: a.run(func(ctx context.Context, args []string) error {
			o.refs = args
			return runStats(ctx, a, o)
		}),
	}
	cmd.Flags().BoolVar(&o.once, "no-stream", false, "print once, on a terminal too")
	a.addJSON(cmd, "print one JSON object a line")
	return cmd
}

func runStats(ctx context.Context, a *app, o statsOptions) error {
	o.once = o.once || !isTerminal(a.Stdout) || a.getenv("TERM") == "dumb"
	return a.asking(ctx, func(c *client.Client) error {
		err := a.follow(ctx, c, o)
		if ctx.Err() != nil && !o.once {
			return nil // Ctrl-C is how one stops looking
		}
		return err
	})
}

// lookTime is how far apart two looks are.
const lookTime = time.Second

func (a *app) follow(ctx context.Context, c *client.Client, o statsOptions) error {
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	var shown drawing
	before, err := look(ctx, c, o.refs)
	for err == nil {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		var now []api.Stats
		if now, err = look(ctx, c, o.refs); err != nil {
			return err
		}
		samples := rates(before, now)
		if a.json {
			err = a.printSamples(samples)
		} else {
			err = shown.draw(a, statsTable(samples), o.once)
		}
		if o.once {
			return err
		}
		before = now
	}
	return err
}

// sample is what a VM uses, with what two looks tell.
type sample struct {
	api.Stats
	Percent float64 `json:"cpu_percent"`
}

func rates(before, now []api.Stats) []sample {
	earlier := map[string]api.Stats{}
	for _, s := range before {
		earlier[s.ID] = s
	}
	samples := make([]sample, len(now))
	for i, s := range now {
		samples[i].Stats = s
		was, known := earlier[s.ID]
		if passed := s.At.Sub(was.At).Seconds(); known && passed > 0 && s.CPU >= was.CPU { // else it was started anew
			samples[i].Percent = 100 * (s.CPU - was.CPU) / passed
		}
	}
	return samples
}

func (a *app) printSamples(samples []sample) error {
	var b strings.Builder
	for _, s := range samples {
		text, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("encode the result: %w", err)
		}
		b.WriteString(escapeJSON(string(text)) + "\n")
	}
	return a.print(b.String())
}

func statsTable(samples []sample) *table {
	t := newTable("NAME~", "CPU", "OWN", "SHARED", "GUEST MEM", "DISK", "READ", "WRITTEN", "COMMANDS")
	for _, s := range samples {
		memory, commands := "", ""
		if g := s.Guest; g != nil {
			memory = bytesOf(g.MemTotal-g.MemAvailable) + " / " + bytesOf(g.MemTotal)
			commands = strconv.Itoa(g.Commands)
		}
		t.add(s.VM, fmt.Sprintf("%.1f%%", s.Percent), bytesOf(s.Own), bytesOf(s.Shared), memory, bytesOf(s.Disk),
			bytesIf(s.Read), bytesIf(s.Written), commands)
	}
	return t
}

func bytesIf(n *int64) string {
	if n == nil {
		return ""
	}
	return bytesOf(*n)
}
