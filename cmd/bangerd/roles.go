package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"banger/internal/doctor"
	"banger/internal/shim"
	"banger/internal/shim/server"
	"banger/internal/vmm/fake"
)

func runShim(args []string) int {
	if len(args) != 1 {
		return fail(fmt.Errorf("bangerd shim wants the path of a launch file; %w", errUsage))
	}
	report := os.NewFile(shim.ReportFD, "report")
	if err := server.Run(context.Background(), args[0], report); err != nil {
		return statusFailed // it has been reported
	}
	return 0
}

func runDoctor(args []string) int {
	flags := flag.NewFlagSet("bangerd doctor", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "")
	strict := flags.Bool("strict", false, "")
	if err := flags.Parse(args); err != nil {
		return fail(fmt.Errorf("%w; %w", err, errUsage))
	}
	return doctor.Run(context.Background(), os.Stdout, doctor.Options{JSON: *asJSON, Strict: *strict, Version: version})
}

func runFakeGuest(args []string) int { return fake.RunGuest(args) }
