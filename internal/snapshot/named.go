package snapshot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"banger/internal/machine"
	"banger/internal/problem"
	"banger/internal/step"
)

// Named is the folder of the files of snapshots that have a name; the database says which there are.
type Named string

// Save writes a machine down under an id: its memory and disks when it runs, and goes on, else its disks. The
// folder is there whole, and on the host's disk, or not at all.
func (n Named) Save(ctx context.Context, id string, m *machine.Machine, runs bool) error {
	stage, place, contents := n.path(".new-"+id), n.path(id), diskFiles
	if runs {
		contents = files
	}
	return step.Run(ctx,
		folder("make a folder for the snapshot", stage),
		step.Step{Name: "copy the machine", Do: func(ctx context.Context) (err error) {
			if !runs {
				return m.CopyDisks(ctx, stage)
			}
			_, err = m.Snapshot(ctx, stage)
			return err
		}},
		step.Step{Name: "write down what it holds", Do: func(ctx context.Context) error {
			return describe(ctx, stage, Shape{}, contents)
		}},
		placed("put it in its place", stage, place),
	)
}

// folder is the step that makes a folder, which goes away again with all that package snapshot puts into one.
func folder(name, dir string) step.Step {
	return step.Step{
		Name: name, Observe: step.Exists(dir),
		Do:   func(context.Context) error { return os.MkdirAll(dir, 0o700) },
		Undo: func(context.Context) error { return removeFolder(dir) },
	}
}

// placed is the step that gives a folder that is whole its name.
func placed(name, stage, place string) step.Step {
	s := folder(name, place)
	s.Do = func(context.Context) error {
		err := os.Rename(stage, place)
		if err == nil {
			err = syncFolder(filepath.Dir(place))
		}
		return err
	}
	return s
}

// Load gives a snapshot to go on from, checked; with memory it is loaded, and the caller calls Close. What is not as it was written is
// a problem.Damaged.
func (n Named) Load(ctx context.Context, id string, memory bool) (*Template, error) {
	if err := n.Check(ctx, id, memory); err != nil {
		return nil, err
	}
	t := &Template{dir: n.path(id)}
	if memory {
		return t, t.loadMemory(ctx)
	}
	return t, nil
}

// Check reads a snapshot's files, those of its memory too if it has one. What is not as it was written is a problem.Damaged.
func (n Named) Check(ctx context.Context, id string, memory bool) error {
	dir, contents := n.path(id), diskFiles
	if memory {
		contents = files
	}
	m, err := readManifest(dir)
	if err == nil {
		err = m.check(ctx, dir, contents)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return problem.New(problem.Damaged, "its files in %s are damaged: %w", dir, err).
			WithRemedy("nothing brings it back; delete it")
	}
	return nil
}

// Exists reports whether there are files of a snapshot, whole or not.
func (n Named) Exists(id string) (bool, error) {
	return step.Exists(n.path(id), n.path(".new-"+id))(context.Background())
}

// Remove removes the files of a snapshot. That there are none is fine.
func (n Named) Remove(id string) error { return removeFolder(n.path(id)) }

// Sweep removes what a crash has left: folders that no record speaks of.
func (n Named) Sweep(known []string) error {
	entries, _ := os.ReadDir(string(n)) // there need be none
	var errs []error
	for _, e := range entries {
		if stageName.MatchString(e.Name()) || keyName.MatchString(e.Name()) && !slices.Contains(known, e.Name()) {
			errs = append(errs, removeFolder(n.path(e.Name())))
		}
	}
	return errors.Join(errs...)
}

func (n Named) path(name string) string { return filepath.Join(string(n), name) }
