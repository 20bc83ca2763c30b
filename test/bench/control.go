package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"banger/api"
	"banger/client"
	"banger/internal/paths"
	"banger/test/harness"
)

const (
	manyVMs    = 1000
	clients    = 8
	calls      = 1000
	reconciled = 200 // records that a daemon finds when it starts
	fakes      = 50  // VMs of them that run, on the engine fake
	listRuns   = 20
	startsOf   = 7
)

// control measures the control plane alone, with VMs that only exist and VMs whose engine is a small process.
func (b *benchmark) control(ctx context.Context) (figures []figure, err error) {
	h, err := harness.NewHost(b.programs, filepath.Join(b.dir, "control"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.Sow(ctx, b.seed); err != nil {
		return nil, err
	}
	if _, err := timed(ctx, h.Banger("daemon", "start")); err != nil {
		return nil, err
	}
	c, err := client.Dial(ctx, client.Options{Paths: paths.Paths{State: h.State, Cache: h.Cache, Runtime: h.Runtime}})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := createFakes(ctx, c, "idle", manyVMs, false); err != nil {
		return nil, err
	}
	for _, take := range []func(context.Context, *harness.Host, *client.Client) ([]figure, error){lists, apiCalls, controlMemory, reconcile} {
		more, err := take(ctx, h, c)
		if err != nil {
			return nil, err
		}
		figures = append(figures, more...)
	}
	return figures, nil
}

// createFakes makes VMs, a few at once.
func createFakes(ctx context.Context, c *client.Client, name string, count int, start bool) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(clients)
	for n := range count {
		group.Go(func() error {
			_, err := c.CreateVM(ctx, api.CreateVM{
				Name: fmt.Sprintf("%s-%d", name, n), Engine: "fake", VCPU: 1, Memory: 128 << 20, Disk: 1 << 30, System: 1 << 30, Start: start, NoFork: true,
			}, nil)
			return err
		})
	}
	return group.Wait()
}

func lists(ctx context.Context, h *harness.Host, _ *client.Client) ([]figure, error) {
	var got []time.Duration
	for range listRuns {
		took, err := timed(ctx, h.Banger("ps", "-a"))
		if err != nil {
			return nil, err
		}
		got = append(got, took)
	}
	return []figure{atMost(fmt.Sprintf("`ps -a` with %d VMs", manyVMs), got, nil, 60*time.Millisecond)}, nil
}

// apiCalls asks for VMs over connections that stay.
func apiCalls(ctx context.Context, _ *harness.Host, c *client.Client) ([]figure, error) {
	took := make([]time.Duration, calls)
	group, ctx := errgroup.WithContext(ctx)
	for n := range clients {
		group.Go(func() error {
			for i := n; i < calls; i += clients {
				begin := time.Now()
				if _, err := c.VM(ctx, fmt.Sprintf("idle-%d", i%manyVMs)); err != nil {
					return err
				}
				took[i] = time.Since(begin)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.Sort(took)
	what := fmt.Sprintf("%d API calls by %d clients, the slowest of 99 of 100", calls, clients)
	return []figure{{what: what, got: millis(took[calls*99/100-1]), goal: "stated", runs: calls, satisfied: true}}, nil
}

// controlMemory leaves reconciled VMs, fakes of which run, and measures the processes.
func controlMemory(ctx context.Context, _ *harness.Host, c *client.Client) ([]figure, error) {
	group, deleting := errgroup.WithContext(ctx)
	group.SetLimit(clients)
	for n := reconciled - fakes; n < manyVMs; n++ {
		group.Go(func() error { return c.DeleteVM(deleting, fmt.Sprintf("idle-%d", n), false) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := createFakes(ctx, c, "busy", fakes, true); err != nil {
		return nil, err
	}
	daemon, err := pss(c.Status().PID)
	if err != nil {
		return nil, err
	}
	var shim int64
	for _, pid := range harness.Pids("shim") {
		own, err := pss(pid)
		if err != nil {
			return nil, err
		}
		shim = max(shim, own)
	}
	return []figure{
		atMostBytes(fmt.Sprintf("memory of the daemon with %d VMs that run (Pss)", fakes), daemon, 60e6),
		atMostBytes("memory of a supervisor, the largest of them (Pss)", shim, 20e6),
	}, nil
}

// pss is a process's share of the memory it has mapped, in bytes (proc_pid_smaps(5)).
func pss(pid int) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib int64
		if n, _ := fmt.Sscanf(strings.TrimSpace(lines.Text()), "Pss: %d kB", &kib); n == 1 {
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("the kernel does not tell the memory of process %d", pid)
}

// reconcile starts the daemon beside machines that run.
func reconcile(ctx context.Context, h *harness.Host, _ *client.Client) ([]figure, error) {
	var got []time.Duration
	for range startsOf {
		if _, err := timed(ctx, h.Banger("daemon", "stop")); err != nil {
			return nil, err
		}
		took, err := timed(ctx, h.Banger("daemon", "start"))
		if err != nil {
			return nil, err
		}
		got = append(got, took)
	}
	what := fmt.Sprintf("`daemon start` with %d VMs, of which %d run", reconciled, fakes)
	return []figure{atMost(what, got, nil, 500*time.Millisecond)}, nil
}
