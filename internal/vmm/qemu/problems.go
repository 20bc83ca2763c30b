package qemu

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"banger/internal/problem"
)

const (
	newKernel  = "banger kernel pull --force fetches the kernel anew"
	lessMemory = "stop another VM, or give this one less with --memory"
)

// complaints are parts of what QEMU says when it cannot start, and what they mean.
var complaints = []struct {
	part   string
	code   problem.Code
	remedy string
}{
	{"Could not access KVM", problem.Unavailable, "banger doctor says what is wrong with KVM; engine = emulated works without it"},
	{"Cannot allocate memory", problem.Exhausted, lessMemory},
	{"cannot set up guest memory", problem.Exhausted, lessMemory},
	{"load kernel", problem.Damaged, newKernel},
	{"loading uncompressed kernel", problem.Damaged, newKernel}, // an ELF file without the PVH note
	{"kernel too old", problem.Damaged, newKernel},              // what it says of a file that is no kernel at all
	{"invalid kernel header", problem.Damaged, newKernel},
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
	return complaint(words)
}

// complaint makes a problem of QEMU's last words.
func complaint(words string) error {
	for _, c := range complaints {
		if strings.Contains(words, c.part) {
			return problem.New(c.code, "QEMU cannot start: %s", words).WithRemedy("%s", c.remedy)
		}
	}
	return fmt.Errorf("QEMU cannot start: %s", words)
}
