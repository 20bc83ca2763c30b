package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

// completionTimeout is how long a shell waits for names; then it gets none.
const completionTimeout = time.Second

// names lists what can be completed, from a daemon that runs. It stays silent when there is none.
type names func(ctx context.Context, c *client.Client) ([]string, error)

// complete completes an argument from list, but for what is there already; more says that others may follow.
func (a *app) complete(list names, more bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 && !more {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
		defer cancel()
		c, err := a.dial(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer c.Close()
		found, err := list(ctx, c)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		found = slices.DeleteFunc(found, func(name string) bool { return slices.Contains(args, name) })
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeInTurn completes the first argument from the first list, the second from the second.
func (a *app) completeInTurn(lists ...names) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= len(lists) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.complete(lists[len(args)], true)(cmd, nil, word)
	}
}

func (a *app) completeWith(cmd *cobra.Command, flag string, list names) {
	completeFlag(cmd, flag, a.complete(list, true))
}

func completeFlag(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // the flag does not exist: a mistake in this package
	}
}

// files has the shell complete one file of this host; what says nothing about completion gets none.
func files(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// folders is the same for a folder.
func folders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// foldersOnce has the shell complete one folder of this host.
func foldersOnce(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return folders(cmd, args, word)
}

// vmNames lists the VMs that fit.
func vmNames(fits func(api.VM) bool) names {
	return func(ctx context.Context, c *client.Client) ([]string, error) {
		return chosen(ctx, c, true, nil, fits)
	}
}

func (a *app) imageNames(ctx context.Context, c *client.Client) (found []string, err error) {
	list, err := c.Images(ctx)
	for _, image := range list.Images {
		found = append(found, image.Name)
	}
	return found, err
}

func (a *app) kernelNames(ctx context.Context, c *client.Client) (found []string, err error) {
	list, err := c.Kernels(ctx)
	for _, kernel := range list.Kernels {
		found = append(found, kernel.Name)
	}
	return found, err
}

func anyVM(api.VM) bool        { return true }
func runningVM(vm api.VM) bool { return vm.State == "running" || vm.State == "paused" }
func liveVM(vm api.VM) bool {
	return runningVM(vm) || vm.State == "starting" || vm.State == "stopping"
}
func idleVM(vm api.VM) bool { return !liveVM(vm) }
