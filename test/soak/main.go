package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"banger/internal/problem"
	"banger/internal/vmm/host"
	"banger/internal/vmm/qemu"
	"banger/internal/vmm/vmmtest"
)

func main() {
	boots := flag.Int("boots", 200, "how many boots in all")
	spin := flag.Bool("spin", false, "only keep one core busy (the program starts itself so)")
	flag.Parse()
	if *spin {
		for n := 0; ; n++ {
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed, err := run(ctx, *boots)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		if remedy := problem.RemedyOf(err); remedy != "" {
			fmt.Fprintln(os.Stderr, remedy)
		}
	}
	if err != nil || failed > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, boots int) (failed int, err error) {
	dir, err := os.MkdirTemp("", "banger-soak-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	parts, err := vmmtest.MakeParts(ctx, dir)
	if err != nil {
		return 0, err
	}
	choice, err := host.Choose(host.Auto)
	if err != nil {
		return 0, err
	}
	engine, err := qemu.New(choice.Engine == host.QEMU)
	if err != nil {
		return 0, err
	}
	idle, err := keepBusy()
	if err != nil {
		return 0, err
	}
	defer idle()
	fmt.Printf("engine %s (%s), every core busy\n", choice.Engine, choice.Why)
	var all tally
	perVCPUs := map[int]*tally{1: {}, 2: {}, 4: {}}
	sizes := []int{1, 2, 4}
	for i := range boots {
		vcpus := sizes[i%len(sizes)]
		took, err := boot(ctx, engine, parts, vcpus)
		if ctx.Err() != nil {
			return all.failed, context.Cause(ctx)
		}
		if err != nil {
			fmt.Printf("boot %d with %d vCPUs: %v\n", i+1, vcpus, err)
		}
		all.add(took, err)
		perVCPUs[vcpus].add(took, err)
	}
	for _, vcpus := range sizes {
		fmt.Printf("%d vCPU: %s\n", vcpus, perVCPUs[vcpus])
	}
	fmt.Printf("all:    %s\n", &all)
	return all.failed, nil
}

// tally counts boots.
type tally struct {
	count, failed int
	sum, longest  time.Duration // of those that came up
}

func (t *tally) add(took time.Duration, err error) {
	t.count++
	if err != nil {
		t.failed++
		return
	}
	t.sum += took
	t.longest = max(t.longest, took)
}

func (t *tally) String() string {
	mean := t.sum / time.Duration(max(1, t.count-t.failed))
	return fmt.Sprintf("%d boots, %d failed, mean %.2f s, longest %.2f s", t.count, t.failed, mean.Seconds(), t.longest.Seconds())
}
