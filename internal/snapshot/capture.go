package snapshot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"banger/internal/machine"
)

// Captures is a folder for what is kept of machines only until others have gone on from it.
type Captures string

// Capture writes down a machine that runs, which goes on. What comes of it is used as a template is, by this daemon alone,
// and the caller removes it (Remove). paused is how long the machine stood still.
func (c Captures) Capture(ctx context.Context, m *machine.Machine) (t *Template, paused time.Duration, err error) {
	dir := filepath.Join(string(c), newID())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, 0, fmt.Errorf("make a folder for a running machine: %w", err)
	}
	t = &Template{dir: dir}
	if paused, err = m.Snapshot(ctx, dir); err == nil {
		err = t.loadMemory(ctx)
	}
	if err != nil {
		return nil, 0, errors.Join(err, t.Remove())
	}
	return t, paused, nil
}

// Remove removes what Capture has made. Machines that have gone on from it need it no more.
func (t *Template) Remove() error {
	t.Close()
	if t.dir == "" {
		return nil
	}
	return removeFolder(t.dir)
}

// Sweep removes what an earlier daemon has left.
func (c Captures) Sweep() error {
	entries, _ := os.ReadDir(string(c)) // there need be none
	var errs []error
	for _, e := range entries {
		if keyName.MatchString(e.Name()) {
			errs = append(errs, removeFolder(filepath.Join(string(c), e.Name())))
		}
	}
	return errors.Join(errs...)
}
