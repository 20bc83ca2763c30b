package cli

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"banger/api"
)

// Process is what the program was started with.
type Process struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	LookupEnv      func(string) (string, bool)
	Version        api.Version
	// Daemon is the daemon's program; empty means that it is looked for.
	Daemon string
}

// Run runs the command line p.Args and returns the exit status.
func Run(p Process) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	a := &app{Process: p, cancel: cancel}
	root := newRootCommand(a)
	root.SetArgs(p.Args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	cmd, err := root.ExecuteContextC(ctx)
	return a.finish(ctx, cmd, err)
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "banger",
		Short: "fresh Linux virtual machines in one command",
		Long: `banger gives you a fresh Linux virtual machine in one command, on any Linux host,
with KVM or without, as root or not.

Exit status: run and exec give the guest command's own (their --help has the list).
Every other command gives 0 when it is done, 1 when it failed, 2 when it was used wrongly.`,
		Example: `  banger run --rm -- uname -a
  banger run --rm
  banger run -d --name web && banger vm exec web -- ps aux
  banger doctor`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddGroup(&cobra.Group{ID: groupMain, Title: "The main ones:"})
	for _, short := range []*cobra.Command{newRunCommand(a), newPsCommand(a), newDoctorCommand(a)} {
		short.GroupID = groupMain
		root.AddCommand(short)
	}
	root.AddCommand(newVMCommand(a), newImageCommand(a), newKernelCommand(a), newDaemonCommand(a), newVersionCommand(a))
	return root
}

const groupMain = "main"

// group is a command that only has subcommands.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use:                        use,
		Short:                      short,
		Long:                       strings.ToUpper(short[:1]) + short[1:] + ".",
		DisableFlagsInUseLine:      true,
		SuggestionsMinimumDistance: 2,
		RunE:                       runGroup,
	}
	g.AddCommand(commands...)
	return g
}

func runGroup(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	wrong := usage("unknown command %q for %q", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return wrong.hint("did you mean %s?", strings.Join(near, " or "))
	}
	return wrong.hint("%s --help", cmd.CommandPath())
}

func newVMCommand(a *app) *cobra.Command {
	return group("vm", "virtual machines",
		newRunCommand(a), newCreateCommand(a), newStartCommand(a), newStopCommand(a), newKillCommand(a), newDeleteCommand(a),
		newExecCommand(a), newListCommand(a), newShowCommand(a), newLogsCommand(a))
}

func newImageCommand(a *app) *cobra.Command {
	return group("image", "root file systems that VMs share",
		newImageBuildCommand(a), newImageListCommand(a), newImageShowCommand(a), newImageDeleteCommand(a))
}

func newKernelCommand(a *app) *cobra.Command {
	return group("kernel", "guest kernels",
		newKernelPullCommand(a), newKernelImportCommand(a), newKernelListCommand(a), newKernelShowCommand(a), newKernelDeleteCommand(a))
}

func newDaemonCommand(a *app) *cobra.Command {
	return group("daemon", "the daemon that looks after VMs",
		newDaemonStartCommand(a), newDaemonStopCommand(a), newDaemonStatusCommand(a), newDaemonLogsCommand(a))
}
