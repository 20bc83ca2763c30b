package cli

import (
	"context"
	"io"
	"net"
	"slices"
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
	// Resolver asks for names as programs of this host do; nil means that it does.
	Resolver *net.Resolver
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
	var version bool
	root := &cobra.Command{
		Use:   "banger",
		Short: "fresh Linux virtual machines in one command",
		Long: `banger makes fresh Linux virtual machines (VMs) in one command: each with a kernel, disks and processes of its own, on
any Linux host, with KVM or without, as root or not.

To run something in a VM that is gone afterwards, use banger run --rm -- CMD; with your repository in it, banger run PATH --rm -- CMD. To keep a VM and use it again, use
banger run -d --name NAME, then banger vm exec NAME -- CMD, and banger vm delete -f NAME at the end. Where a command takes
a REF, it is the name of a VM, its id, or the beginning of its id.

Exit status: run and exec give the guest command's own (their --help has the list).
Every other command gives 0 when it is done, 1 when it failed, 2 when it was used wrongly.`,
		Example: `  banger run --rm -- uname -a
  banger run ./repo --rm -- make test
  banger run -d --name web && banger vm exec web -- ps aux
  banger doctor`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if version {
			return runVersion(a)
		}
		return a.runGroup(cmd, args)
	}
	root.Flags().BoolVar(&version, "version", false, "print the version, as banger version does")
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SetFlagErrorFunc(a.flagError)
	root.SetHelpFunc(a.help)
	root.SetHelpCommand(newHelpCommand(a))
	root.AddCommand(newRunCommand(a), newPsCommand(a), newDoctorCommand(a), newOperationsCommand(a), newVersionCommand(a))
	for _, g := range groups() {
		root.AddCommand(g.command(a))
	}
	return root
}

// group is a command that only has subcommands.
type group struct {
	name, short string
	more        string // how it goes together with what else there is
	commands    []func(*app) *cobra.Command
}

func groups() []group {
	return []group{
		{"vm", "virtual machines", "Where a command takes a REF, it is the name of a VM, its id, or the beginning of its id. banger run and banger ps are short for vm run and for vm list of those that run.", []func(*app) *cobra.Command{
			newRunCommand, newCreateCommand, newStartCommand, newStopCommand, newRestartCommand, newKillCommand, newDeleteCommand, newPauseCommand,
			newResumeCommand, newSetCommand, newPublishCommand, newUnpublishCommand, newPruneCommand, newForkCommand,
			newSnapshotCommand, newRestoreCommand,
			newExecCommand, newCpCommand, newWorkspaceCommand, newListCommand, newShowCommand, newLogsCommand, newHealthCommand, newPortsCommand, newStatsCommand,
		}},
		{"snapshot", "VMs as they were, kept under a name", "banger vm snapshot takes one, banger vm restore goes back to it. A copy that runs beside its VM is made by banger vm fork.", []func(*app) *cobra.Command{
			newSnapshotListCommand, newSnapshotShowCommand, newSnapshotDeleteCommand,
		}},
		{"image", "root file systems that VMs share", "banger run --image NAME makes a VM from one. The default image is built by the first run.", []func(*app) *cobra.Command{
			newImageBuildCommand, newImageWarmCommand, newImageListCommand, newImageShowCommand, newImageDeleteCommand,
		}},
		{"kernel", "guest kernels", "banger run --kernel NAME boots one. The default kernel is fetched by the first run.", []func(*app) *cobra.Command{
			newKernelPullCommand, newKernelImportCommand, newKernelListCommand, newKernelShowCommand, newKernelDeleteCommand,
		}},
		{"net", "what a VM reaches", "Rules are given to banger run --net and banger vm set --net: internet, none, host-ports=5432, allow=github.com,*.example.org:443. In a VM the host is host.banger.", []func(*app) *cobra.Command{newNetLogCommand, newNetCheckCommand}},
		{"config", "settings, and where they come from", "They are changed in the file that banger config path names, by BANGER_ variables, and by flags.", []func(*app) *cobra.Command{
			newConfigShowCommand, newConfigPathCommand, newConfigCheckCommand,
		}},
		dnsGroup,
		{"system", "what banger takes on the disk", "VMs that do not run are deleted by banger vm prune. Whether this host is fit is said by banger doctor.", []func(*app) *cobra.Command{newSystemDiskCommand, newSystemPruneCommand}},
		{"daemon", "the daemon that looks after VMs", "It starts by itself when it is needed, and VMs run on when it ends. To stop VMs, use banger vm stop.", []func(*app) *cobra.Command{
			newDaemonStartCommand, newDaemonStopCommand, newDaemonStatusCommand, newDaemonLogsCommand,
		}},
	}
}

// command makes the group's command. Its subcommands are made only when a word of the command line
// names it: all of them together take a third of a millisecond, a tenth of a short command.
func (g group) command(a *app) *cobra.Command {
	cmd := g.empty(a)
	if slices.Contains(a.Args, g.name) {
		g.fill(a, cmd)
	}
	return cmd
}

func (g group) empty(a *app) *cobra.Command {
	return &cobra.Command{
		Use:                   g.name,
		Short:                 g.short,
		Long:                  strings.ToUpper(g.short[:1]) + g.short[1:] + ".\n\n" + g.more,
		DisableFlagsInUseLine: true,
		RunE:                  a.runGroup,
	}
}

// fill makes the group's subcommands.
func (g group) fill(a *app, cmd *cobra.Command) {
	for _, construct := range g.commands {
		cmd.AddCommand(construct(a))
	}
}

// runGroup shows what is in a group, or explains a word that is not.
func (a *app) runGroup(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	return a.unknownCommand(cmd, args[0])
}
