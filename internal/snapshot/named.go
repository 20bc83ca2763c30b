package snapshot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"banger/internal/machine"
	"banger/internal/problem"
)

// Named is the folder of the files of snapshots that have a name; the database says which there are.
type Named string

// Save writes a machine down under an id: its memory and disks when it runs, and goes on, else its disks. The
// folder is there whole, and on the host's disk, or not at all.
func (n Named) Save(ctx context.Context, id string, m *machine.Machine, runs bool) (err error) {
	stage := n.path(".new-" + id)
	if err := os.MkdirAll(stage, 0o700); err != nil {
		return fmt.Errorf("make a folder for the snapshot: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeFolder(stage))
		}
	}()
	contents := diskFiles
	if runs {
		contents = files
		_, err = m.Snapshot(ctx, stage)
	} else {
		err = m.CopyDisks(ctx, stage)
	}
	if err == nil {
		err = describe(ctx, stage, Shape{}, contents)
	}
	if err == nil {
		err = os.Rename(stage, n.path(id))
	}
	if err == nil {
		err = syncFolder(string(n))
	}
	return err
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
