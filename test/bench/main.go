package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"banger/internal/vmm/host"
	"banger/test/harness"
)

func main() {
	programs := flag.String("programs", "bin", "folder of banger's programs")
	first := flag.Bool("first", false, "measure the first run on a new host too")
	tuning := flag.Bool("tuning", false, "measure what each of the engine's settings is worth, and nothing else")
	memory := flag.Bool("memory", false, "measure what memory a fork has to itself, and nothing else")
	control := flag.Bool("control", false, "measure daemon and command line alone, and nothing else")
	workspace := flag.Bool("workspace", false, "measure repositories on their way in and out, and nothing else")
	network := flag.Bool("network", false, "measure guests' networks, and nothing else")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	reached, err := bench(ctx, *programs, choose(*first, *tuning, *memory, *control, *workspace, *network))
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if !reached {
		fmt.Fprintln(os.Stderr, "bench: not every goal was reached")
	}
}

func bench(ctx context.Context, programs string, measures []measure) (reached bool, err error) {
	if programs, err = filepath.Abs(programs); err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "banger-bench-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := harness.Adopt(); err != nil {
		return false, err
	}
	choice, err := host.Choose(host.Auto)
	if err != nil {
		return false, err
	}
	b := &benchmark{dir: dir, programs: programs}
	if err := b.prepare(ctx); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, b.host.Close()) }()
	figures, err := b.all(ctx, measures)
	if err != nil {
		return false, err
	}
	describe(os.Stdout, choice.Engine)
	return print(os.Stdout, figures), nil
}
