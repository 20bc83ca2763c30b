package qemu

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"banger/internal/problem"
)

// complaints are parts of what QEMU says when it cannot start, and what they mean.
var complaints = []struct {
	part   string
	code   problem.Code
	remedy string
}{
	{"Could not access KVM", problem.Unavailable, "banger doctor says what is wrong with KVM; engine = emulated works without it"},
	{"Cannot allocate memory", problem.Exhausted, "stop another VM, or give this one less with --memory"},
	{"cannot set up guest memory", problem.Exhausted, "stop another VM, or give this one less with --memory"},
	{"load kernel", problem.Damaged, "banger kernel pull --force fetches the kernel anew"},
	{"loading uncompressed kernel", problem.Damaged, "banger kernel pull --force fetches the kernel anew"},
	{"without PVH", problem.Damaged, "banger kernel pull --force fetches the kernel anew"},
	{"invalid kernel header", problem.Damaged, "banger kernel pull --force fetches the kernel anew"},
}

// startProblem says why a start failed. m is gone by now.
func startProblem(ctx context.Context, err error, m *Machine) error {
	if ctx.Err() != nil {
		return fmt.Errorf("start QEMU: %w", context.Cause(ctx))
	}
	if !errors.Is(err, errMonitorClosed) {
		return fmt.Errorf("start QEMU: %w", err)
	}
	words := m.process.LastWords()
	if words == "" {
		return fmt.Errorf("start QEMU: %s", m.exit.Detail)
	}
	for _, c := range complaints {
		if strings.Contains(words, c.part) {
			return problem.New(c.code, "QEMU cannot start: %s", words).WithRemedy("%s", c.remedy)
		}
	}
	return fmt.Errorf("QEMU cannot start: %s", words)
}
