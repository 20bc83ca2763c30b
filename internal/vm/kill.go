package vm

import (
	"context"

	"banger/internal/shim"
)

// Kill ends a VM without asking its guest. signal is for the engine's process, KILL
// when empty. It ends whatever is under way with the VM. A VM that does not run is fine.
func (f *Fleet) Kill(ctx context.Context, ref, signal string) (VM, error) {
	return f.halt(ctx, ref, forced, killed(signal))
}

// killed is the ending of Kill.
func killed(signal string) ending {
	return ending{"kill", func(ctx context.Context, m Machine) (shim.Exit, error) { return m.Kill(ctx, signal) }}
}
