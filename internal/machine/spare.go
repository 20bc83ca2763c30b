package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"banger/internal/shim"
)

// SpareFile is in the folder of a machine that nobody has claimed yet (MarkSpare).
const SpareFile = "spare"

// MarkSpare makes the machine's folder, with a word in it that nothing in it is anybody's yet.
func (m *Machine) MarkSpare() error {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return fmt.Errorf("make the machine's folder: %w", err)
	}
	return os.WriteFile(m.path(SpareFile), nil, 0o600)
}

// IsSpare reports whether nothing in the machine's folder is anybody's.
func (m *Machine) IsSpare() bool {
	_, err := os.Lstat(m.path(SpareFile))
	return err == nil
}

// Keep takes the word of MarkSpare back. Without it nothing happens.
func (m *Machine) Keep() error {
	if err := os.Remove(m.path(SpareFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep the machine: %w", err)
	}
	return nil
}

// Claim makes a machine that was started as an ephemeral one, and has only waited so far, somebody's. Its leases count no more.
func (m *Machine) Claim(ctx context.Context, c Claim) error {
	return shim.ClaimMachine(ctx, m.Socket(), shim.Claim{
		Name: c.Name, Ephemeral: c.Ephemeral, IdleStop: c.IdleStop, Network: c.Network, Sizes: map[string]int64{serialSystem: c.System, serialWork: c.Work},
	})
}

// Claim is what a machine that waited becomes.
type Claim struct {
	Name         string
	Ephemeral    bool
	IdleStop     time.Duration // how long it may go unused; 0 means for ever
	Network      *shim.Network // begins with the claim
	System, Work int64         // bytes, what its disks are grown to
}
