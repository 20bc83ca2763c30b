package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
)

type netLogOptions struct {
	follow bool
	tail   int
}

func newNetLogCommand(a *app) *cobra.Command {
	var o netLogOptions
	cmd := &cobra.Command{
		Use:   "log REF",
		Short: "print what a VM reached, and what it was refused",
		Long: `Print every connection that a VM made and every refusal, over all its starts: when, by which protocol, to which name and
address, the rule that decided, and at the end of a connection how many bytes went and came. The newest few megabytes are kept.

What its rules would do is said by banger net check; they are changed by banger vm set --net. What listens in the VM is
listed by banger vm ports.`,
		Example: `  banger net log web -f
  banger net log web --json | jq 'select(.event == "refused")'`,
		Args:              a.oneVM(anyVM),
		ValidArgsFunction: a.complete(vmNames(anyVM), false),
		RunE:              a.run(func(ctx context.Context, args []string) error { return runNetLog(ctx, a, o, args[0]) }),
	}
	cmd.Flags().BoolVarP(&o.follow, "follow", "f", false, "go on until the VM ends")
	addTail(cmd.Flags(), &o.tail)
	a.addJSON(cmd, "print each line as a JSON object, with the API's field names")
	return cmd
}

func runNetLog(ctx context.Context, a *app, o netLogOptions, ref string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	log, err := c.NetworkLog(ctx, ref, o.tail, o.follow)
	if err != nil {
		return err
	}
	defer log.Close()
	err = a.copyEvents(log)
	if o.follow && ctx.Err() != nil {
		return nil // Ctrl-C is how one stops following
	}
	return err
}

// copyEvents prints events as they come. What a full disk or a rotation has cut is left out.
func (a *app) copyEvents(log io.Reader) error {
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadBytes('\n')
		var e api.NetworkEvent
		if json.Unmarshal(line, &e) == nil {
			if err := a.printEvent(e); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the log of the network: %w", err)
		}
	}
}

func (a *app) printEvent(e api.NetworkEvent) error {
	if !a.json {
		return a.print(plain(eventLine(e)) + "\n")
	}
	object, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return a.print(escapeJSON(string(object)) + "\n")
}

// eventLine is an event in one line: 2026-11-27 12:25:09  closed   tcp   example.org (192.0.2.1:443)  by internet; 71 B sent, ...
func eventLine(e api.NetworkEvent) string {
	at := e.Time.Local().Format(time.DateTime)
	if e.Event == "skipped" {
		return fmt.Sprintf("%s  %-7s  %d entries: there were too many in a second", at, e.Event, e.Skipped)
	}
	line := fmt.Sprintf("%s  %-7s  %-5s  %s", at, e.Event, e.Protocol, peer(e))
	if e.Said != "" && e.Said != e.Name {
		line += ", as " + e.Said
	}
	if e.Rule != "" {
		line += "  by " + e.Rule
	}
	if e.Event == "closed" {
		took := time.Duration(e.Seconds * float64(time.Second)).Round(time.Millisecond)
		line += fmt.Sprintf("; %s sent, %s received in %s", sizeOf(e.Sent), sizeOf(e.Received), took)
	}
	if e.Error != "" {
		line += ": " + e.Error
	}
	return line
}

// peer is the other end of a connection, by name if it has one.
func peer(e api.NetworkEvent) string {
	at := e.Address
	if e.Port != 0 {
		at = net.JoinHostPort(e.Address, strconv.Itoa(int(e.Port)))
	}
	if e.Name == "" || at == "" {
		return strings.TrimSpace(e.Name + at)
	}
	return e.Name + " (" + at + ")"
}
