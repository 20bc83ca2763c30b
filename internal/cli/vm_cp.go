package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

type cpOptions struct{ preserve bool }

func newCpCommand(a *app) *cobra.Command {
	var o cpOptions
	cmd := &cobra.Command{
		Use:   "cp [flags] SRC DST",
		Short: "copy files and folders into a VM or out of it",
		Long: `Copy a file or a folder, with all in it, into a running VM or out of it. One side is NAME:PATH, in the VM of
that name or id; the other is a path here, or - for a tar stream on standard input or output. A path here that has a
colon is written with a slash before it, as in ./a:b. A path in the VM that is not absolute begins in /root.

The VM must run: banger vm start starts it. It copies once, and shares no folder with the VM; what CMD reads and writes can be streamed
instead, by banger vm exec.

DST
  is a folder      SRC goes into it under its own name. When SRC ends in /. the content of the folder SRC does
  does not exist   SRC gets that name; the folder above must be there. With a slash at its end it is for folders only
  is a file        the file SRC replaces it. A link is replaced, not followed
  with - as SRC    is a folder, into which the tar stream is unpacked

SRC is followed when it is a symbolic link; links in it are copied as links. A slash at its end changes nothing.
Devices, pipes and sockets are left out, and so is what is in /proc and /sys when more than that is copied. A file
appears whole or not at all; a folder that is there is added to.

Copies belong to you, or to root in the VM. They have the permissions of the source, without setuid, setgid and
sticky bits, and the time of now. With --preserve modes and times are kept; for root also owners, by number, and those
bits, so use it as root only with a VM that you trust. Extended attributes and capabilities are never copied.`,
		Example: `  banger vm cp notes.txt web:            # to /root/notes.txt
  banger vm cp web:/var/log ./logs       # to logs, or logs/log when logs is a folder
  banger vm cp src/. web:/srv/src
  tar c . | banger vm cp - web:/srv`,
		Args:              twoArgs("a source and a destination"),
		ValidArgsFunction: a.completeCopy,
		RunE:              a.run(func(ctx context.Context, args []string) error { return runCp(ctx, a, o, args[0], args[1]) }),
	}
	cmd.Flags().BoolVar(&o.preserve, "preserve", false, "keep modes and times, and for root also owners")
	return cmd
}

func runCp(ctx context.Context, a *app, o cpOptions, source, dest string) error {
	from, to := parsePlace(source), parsePlace(dest)
	if err := checkPlaces(a, from, to); err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	vm, err := c.VM(ctx, from.vm+to.vm)
	if err != nil {
		return a.meant(ctx, err, from.vm+to.vm)
	}
	copied, err := watch(ctx, a, "copy "+source, func(progress client.Progress) (client.Copied, error) {
		return a.copy(ctx, vm, from, to, client.CopyOptions{Preserve: o.preserve, Notice: a.notice, Progress: titled("copy "+source, progress)})
	})
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", source, dest, err)
	}
	if copied.LeftOut > 0 {
		a.notice(fmt.Sprintf("left out %d: devices, pipes and sockets, /proc and /sys are not copied", copied.LeftOut))
	}
	return nil
}

func (a *app) copy(ctx context.Context, vm api.VM, from, to place, o client.CopyOptions) (client.Copied, error) {
	switch {
	case from.stream():
		return client.CopyTarTo(ctx, vm, a.Stdin, to.path, o)
	case to.stream():
		return client.CopyTarFrom(ctx, vm, from.path, a.Stdout, o)
	case from.vm != "":
		return client.CopyFrom(ctx, vm, from.path, to.path, o)
	}
	return client.CopyTo(ctx, vm, from.path, to.path, o)
}

// titled gives the progress another title.
func titled(title string, progress client.Progress) client.Progress {
	return func(p api.Progress) {
		p.Phase = title
		progress(p)
	}
}

// place is one side of a copy.
type place struct {
	vm   string // empty: this host
	path string
}

func (p place) stream() bool { return p.vm == "" && p.path == "-" }

// parsePlace reads NAME:PATH or a path of this host. No VM's name or id has a slash or begins with a dot.
func parsePlace(text string) place {
	vm, path, colon := strings.Cut(text, ":")
	if !colon || vm == "" || vm[0] == '.' || strings.Contains(vm, "/") {
		return place{path: text}
	}
	if path == "" {
		path = "."
	}
	return place{vm, path}
}

func checkPlaces(a *app, from, to place) error {
	switch {
	case from.vm == "" && to.vm == "":
		return usage("neither side is in a VM").hint("one side is NAME:PATH, as in `banger vm cp notes.txt web:/root/`")
	case from.vm != "" && to.vm != "":
		return usage("both sides are in a VM").hint("copy inside one with `banger vm exec`, and between two by way of this host")
	case from.path == "" || to.path == "":
		return usage("a path is empty")
	case from.stream() && isTerminal(a.Stdin):
		return usage("standard input is a terminal, and a tar stream is to come from it")
	case to.stream() && isTerminal(a.Stdout):
		return usage("standard output is a terminal, which a tar stream would garble").hint("send it to a file or a program: > files.tar")
	}
	return nil
}

// completeCopy completes the names of VMs, and leaves paths to the shell.
func (a *app) completeCopy(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 1 || strings.ContainsAny(word, "/:.") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	names, _ := a.complete(vmNames(runningVM), true)(cmd, nil, word)
	for i := range names {
		names[i] += ":"
	}
	return names, cobra.ShellCompDirectiveNoSpace
}
