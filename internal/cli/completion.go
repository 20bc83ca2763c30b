package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"banger/api"
	"banger/client"
)

// completionTimeout is how long a shell waits for names; then it gets none.
const completionTimeout = time.Second

// names lists what can be completed, from a daemon that runs. It stays silent when there is none.
type names func(ctx context.Context, c *client.Client) ([]string, error)

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
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

func (a *app) completeWith(cmd *cobra.Command, flag string, list names) {
	if err := cmd.RegisterFlagCompletionFunc(flag, a.complete(list, true)); err != nil {
		panic(err) // the flag does not exist: a mistake in this package
	}
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
