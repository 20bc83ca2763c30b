package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"banger/api"
)

const (
	forkRuns = 30
	atOnce   = 20
)

// run512 and run8G are a whole life of a VM, of two sizes.
var (
	run512 = []string{"vm", "run", "--rm", "-q", "--vcpu", "1", "--memory", "512M", "--", "true"}
	run8G  = []string{"vm", "run", "--rm", "-q", "--vcpu", "1", "--memory", "8G", "--", "true"}
)

// forks measures VMs that go on from a template, without spares and with one.
func (b *benchmark) forks(ctx context.Context) (figures []figure, err error) {
	if err := b.configure(ctx, "spares = 0\n"); err != nil {
		return nil, err
	}
	for _, memory := range []string{"512M", "8G"} {
		if err := b.warmShape(ctx, memory); err != nil {
			return nil, err
		}
	}
	var small, large, spare, container []time.Duration
	for range forkRuns {
		for args, into := range map[*[]string]*[]time.Duration{&run512: &small, &run8G: &large} {
			took, err := b.banger(ctx, nil, nil, *args...)
			if err != nil {
				return nil, err
			}
			*into = append(*into, took)
		}
	}
	many, err := b.manyForks(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.configure(ctx, "spares = 1\n"); err != nil {
		return nil, err
	}
	c, err := newContainer(ctx, b.dir, b.parts.rootfs)
	if err != nil {
		return nil, err
	}
	defer c.remove()
	if _, err := b.banger(ctx, nil, nil, run512...); err != nil { // tells the daemon what to keep a spare of
		return nil, err
	}
	for range forkRuns {
		if err := b.awaitSpare(ctx); err != nil {
			return nil, err
		}
		floor, err := c.run(ctx)
		if err != nil {
			return nil, err
		}
		took, err := b.banger(ctx, nil, nil, run512...)
		if err != nil {
			return nil, err
		}
		spare, container = append(spare, took), append(container, floor)
	}
	figures = []figure{
		atMost("`vm run --rm -- true` from a fork", small, nil, 450*time.Millisecond),
		within("the same with 8 GiB, beside 512 MiB", large, small, 0.1),
		atMost("`vm run --rm -- true` from a spare", spare, nil, 120*time.Millisecond),
		atMostTimes("the same, beside `runc run` of `true` on the same root file system", spare, container, 2),
	}
	return append(figures, many...), nil
}

// warm makes the template of small VMs, and measures nothing.
func (b *benchmark) warm(ctx context.Context) ([]figure, error) { return nil, b.warmShape(ctx, "512M") }

func (b *benchmark) warmShape(ctx context.Context, memory string) error {
	_, err := b.banger(ctx, nil, nil, "image", "warm", "debian-bookworm", "--vcpu", "1", "--memory", memory)
	return err
}

// configure starts the daemon anew with a configuration.
func (b *benchmark) configure(ctx context.Context, text string) error {
	if err := os.WriteFile(b.host.Config, []byte(text), 0o600); err != nil {
		return err
	}
	for _, verb := range []string{"stop", "start"} {
		if _, err := b.banger(ctx, nil, nil, "daemon", verb); err != nil {
			return err
		}
	}
	return nil
}

// awaitSpare waits until a spare waits.
func (b *benchmark) awaitSpare(ctx context.Context) error {
	for {
		var out bytes.Buffer
		var status api.Status
		if _, err := b.banger(ctx, nil, &out, "daemon", "status", "--json"); err != nil {
			return err
		}
		if err := json.Unmarshal(out.Bytes(), &status); err != nil || status.Spares > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// manyForks measures forks that are wanted at once.
func (b *benchmark) manyForks(ctx context.Context) ([]figure, error) {
	var mu sync.Mutex
	var each []time.Duration
	var failure error
	var all sync.WaitGroup
	begun := time.Now()
	for range atOnce {
		all.Go(func() {
			took, err := b.banger(ctx, nil, nil, run512...)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failure = err
			}
			each = append(each, took)
		})
	}
	all.Wait()
	if failure != nil {
		return nil, failure
	}
	slices.Sort(each)
	what := fmt.Sprintf("%d at once from a fork", atOnce)
	return []figure{
		{what: what + ", each", got: millis(p50(each)), goal: "stated", runs: atOnce, satisfied: true},
		{what: what + ", the slowest of 19 of 20", got: millis(each[len(each)*95/100-1]), goal: "stated", runs: atOnce, satisfied: true},
		{what: what + ", all of them", got: millis(time.Since(begun)), goal: "stated", runs: 1, satisfied: true},
	}, nil
}

// fork measures a fork of a running fork: how long it stands still, by the daemon's clock.
func (b *benchmark) fork(ctx context.Context) (figures []figure, err error) {
	for _, memory := range []string{"512M", "4G"} {
		if err := b.warmShape(ctx, memory); err != nil {
			return nil, err
		}
		if _, err := b.banger(ctx, nil, nil, "vm", "create", "--name", "parent", "--vcpu", "1", "--memory", memory); err != nil {
			return nil, err
		}
		// What a guest does that has work: 60 MB of its memory changed.
		if _, err := b.banger(ctx, nil, nil, "vm", "exec", "parent", "--", "sh", "-c", "head -c 60M /dev/urandom >/dev/shm/changed"); err != nil {
			return nil, err
		}
		var paused []time.Duration
		for range forkRuns {
			var out bytes.Buffer
			var forks api.Forks
			if _, err := b.banger(ctx, nil, &out, "vm", "fork", "parent", "--json"); err != nil {
				return nil, err
			}
			if err := json.Unmarshal(out.Bytes(), &forks); err != nil {
				return nil, err
			}
			paused = append(paused, time.Duration(forks.PausedMillis*float64(time.Millisecond)))
			if _, err := b.banger(ctx, nil, nil, "vm", "delete", "-f", forks.VMs[0].Name); err != nil {
				return nil, err
			}
		}
		what := fmt.Sprintf("`vm fork` of a running fork with %s and 60 MB of changed memory: it stands still", memory)
		figures = append(figures, atMost(what, paused, nil, 150*time.Millisecond))
		if _, err := b.banger(ctx, nil, nil, "vm", "delete", "-f", "parent"); err != nil {
			return nil, err
		}
	}
	return figures, nil
}
