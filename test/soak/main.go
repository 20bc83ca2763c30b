package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"banger/test/harness"
)

// patience is how long a boot may take before it counts as hung.
const patience = 2 * time.Minute

var vcpus = []string{"1", "2", "4"}

func main() {
	programs := flag.String("programs", "bin", "folder of banger's programs")
	boots := flag.Int("boots", 200, "how many machines to boot")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := soak(ctx, *programs, *boots); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func soak(ctx context.Context, programs string, boots int) (err error) {
	if programs, err = filepath.Abs(programs); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "banger-soak-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := harness.Adopt(); err != nil {
		return err
	}
	seed, err := harness.Seed(ctx, programs)
	if err != nil {
		return err
	}
	h, err := harness.NewHost(programs, filepath.Join(dir, "host"))
	if err != nil {
		return err
	}
	if err := h.Sow(ctx, seed); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	busy(ctx)
	return boot(ctx, h, boots)
}

// busy keeps every core busy until ctx ends.
func busy(ctx context.Context) {
	for range runtime.NumCPU() {
		go func() {
			for ctx.Err() == nil {
			}
		}()
	}
}

func boot(ctx context.Context, h *harness.Host, boots int) error {
	var took []time.Duration
	failed := 0
	for i := range boots {
		args := []string{"vm", "run", "--rm", "-q", "--memory", "512M", "--vcpu", vcpus[i%len(vcpus)], "--", "true"}
		limit, cancel := context.WithTimeout(ctx, patience)
		r := h.Banger(args...).Run(limit)
		cancel()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if r.Exit != 0 || r.Err != nil {
			failed++
			fmt.Fprintf(os.Stderr, "boot %d with %s vCPUs: exit %d %v: %s\n", i+1, vcpus[i%len(vcpus)], r.Exit, r.Err, r.Stderr)
			continue
		}
		took = append(took, r.Took)
		if (i+1)%20 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d, %d failed\n", i+1, boots, failed)
		}
	}
	slices.Sort(took)
	if len(took) > 0 {
		fmt.Printf("%d boots with 1, 2 and 4 vCPUs in turn, %d cores kept busy: %d failed; a whole `vm run --rm -- true` took %.1f s in the median, %.1f s at most.\n",
			boots, runtime.NumCPU(), failed, took[len(took)/2].Seconds(), took[len(took)-1].Seconds())
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d boots failed", failed, boots)
	}
	return nil
}
