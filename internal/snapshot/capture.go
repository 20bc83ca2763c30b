package snapshot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"banger/internal/machine"
	"banger/internal/step"
)

// Captures is a folder for what is kept of machines only until others have gone on from it.
type Captures string

// Capture writes down a machine that runs, which goes on. What comes of it is used as a template is, by this daemon alone,
// and the caller removes it (Remove). paused is how long the machine stood still.
func (c Captures) Capture(ctx context.Context, m *machine.Machine) (t *Template, paused time.Duration, err error) {
	dir := filepath.Join(string(c), newID())
	t = &Template{dir: dir}
	making := folder("make a folder for a running machine", dir)
	making.Undo, making.Observe = func(context.Context) error { return t.Remove() }, func(context.Context) (bool, error) { return t.Exists() }
	err = step.Run(ctx, making,
		step.Step{Name: "copy the machine", Do: func(ctx context.Context) (err error) {
			paused, err = m.Snapshot(ctx, dir)
			return err
		}},
		step.Step{Name: "load its memory", Do: t.loadMemory},
	)
	if err != nil {
		return nil, 0, err
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

// Exists reports whether there is anything that Remove removes.
func (t *Template) Exists() (bool, error) {
	if t.dir == "" {
		return false, nil
	}
	return step.Exists(t.dir)(context.Background())
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
