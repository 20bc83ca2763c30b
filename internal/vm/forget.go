package vm

import (
	"context"
	"errors"
	"fmt"

	"banger/internal/model"
	"banger/internal/step"
	"banger/internal/store"
)

// DeleteSnapshot removes a snapshot. When that fails it is still listed, so that it can be tried again.
func (f *Fleet) DeleteSnapshot(ctx context.Context, name string) error {
	snap, err := f.rooms.Records.SnapshotByName(ctx, name)
	if err != nil {
		return err
	}
	if err := f.removeSnapshot(ctx, snap); err != nil {
		return fmt.Errorf("delete snapshot %q: %w", name, err)
	}
	return nil
}

// removeSnapshot removes the row first: files without a row are removed when a daemon starts.
func (f *Fleet) removeSnapshot(ctx context.Context, snap model.Snapshot) error {
	return step.Run(ctx,
		step.Step{
			Name: "forget it", Do: func(ctx context.Context) error { return f.forgetSnapshot(ctx, snap) },
			Undo: func(ctx context.Context) error {
				if there, err := f.keeps(snap)(ctx); there || err != nil {
					return err
				}
				return f.createSnapshot(ctx, snap)
			},
			Observe: func(ctx context.Context) (bool, error) {
				there, err := f.keeps(snap)(ctx)
				return !there, err
			},
		},
		step.Step{Name: "remove its files", Do: func(context.Context) error { return f.rooms.Snapshots.Remove(snap.ID) }},
	)
}

// forgetSnapshot removes a snapshot's row, if there is one.
func (f *Fleet) forgetSnapshot(ctx context.Context, snap model.Snapshot) error {
	err := f.rooms.Records.DeleteSnapshot(ctx, snap.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		f.rooms.ChangedSnapshot(ctx, snap, false)
	}
	return err
}

// keeps is the Observe of a snapshot's row.
func (f *Fleet) keeps(snap model.Snapshot) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		found, err := f.rooms.Records.SnapshotByName(ctx, snap.Name)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return err == nil && found.ID == snap.ID, err
	}
}
