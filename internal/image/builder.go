package image

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"banger/internal/process"
)

// builderFile, in the folder of a build, names the mmdebstrap process that works for it. A
// plain user's mmdebstrap outlives this program, because its namespace has a first
// process of its own that no parent-death signal reaches.
const builderFile = "builder"

func recordBuilder(dir string, pid int) error {
	id, err := process.Of(pid)
	if err != nil {
		return err
	}
	data, err := json.Marshal(id)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, builderFile), data, 0o600)
}

// endBuilder ends what is left of the build in dir, and waits for that.
func endBuilder(ctx context.Context, dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, builderFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var id process.ID
	if err != nil || json.Unmarshal(data, &id) != nil || !id.Alive() {
		return err // a file that a crash cut short names nobody
	}
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	// The group has the pid of its leader, which mmdebstrap is until it has cleaned up.
	_ = syscall.Kill(-id.PID, syscall.SIGTERM)
	if id.Wait(ctx) == nil {
		return nil
	}
	_ = syscall.Kill(-id.PID, syscall.SIGKILL)
	return id.Wait(context.WithoutCancel(ctx))
}

// grace is how long mmdebstrap gets to clean up after itself.
const grace = 30 * time.Second
