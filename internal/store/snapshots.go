package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"banger/internal/model"
)

// snapshotsTable is migration 3. A snapshot outlives its VM, so nothing ties the two; its image must stay.
const snapshotsTable = `
CREATE TABLE snapshots (
	id TEXT PRIMARY KEY NOT NULL,
	name TEXT NOT NULL UNIQUE,
	vm_id TEXT NOT NULL,
	vm_name TEXT NOT NULL,
	image_id TEXT NOT NULL REFERENCES images (id),
	memory INTEGER NOT NULL,
	engine TEXT NOT NULL,
	kernel_sum TEXT NOT NULL,
	spec_json TEXT NOT NULL,
	created_at TEXT NOT NULL
);
CREATE INDEX snapshots_image_id ON snapshots (image_id);
`

const snapshotColumns = "id, name, vm_id, vm_name, image_id, memory, engine, kernel_sum, spec_json, created_at"

func scanSnapshot(row scanner) (s model.Snapshot, err error) {
	var spec string
	err = row.Scan(&s.ID, &s.Name, &s.VMID, &s.VMName, &s.ImageID, &s.Memory, &s.Engine, &s.KernelSum, &spec, timeColumn{&s.CreatedAt})
	if err == nil {
		err = decode(spec, &s.Spec)
	}
	return s, damaged("snapshot", s.Name, err)
}

// CreateSnapshot inserts a snapshot. A name that another one has is a problem.Taken.
func (s *Store) CreateSnapshot(ctx context.Context, snap model.Snapshot) error {
	spec, err := json.Marshal(snap.Spec)
	if err != nil {
		return err
	}
	err = s.change(ctx, func(tx *sql.Tx) error {
		if err := nameIsFree(ctx, tx, "snapshot", snap.ID, snap.Name); err != nil {
			return err
		}
		if err := imageExists(ctx, tx, snap.ImageID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO snapshots ("+snapshotColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			snap.ID, snap.Name, snap.VMID, snap.VMName, snap.ImageID, snap.Memory, snap.Engine, snap.KernelSum,
			string(spec), formatTime(snap.CreatedAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("record snapshot %.64q: %w", snap.Name, err)
	}
	return nil
}

// SnapshotByName finds a snapshot by its exact name.
func (s *Store) SnapshotByName(ctx context.Context, name string) (model.Snapshot, error) {
	snap, err := queryOne(ctx, s.read, scanSnapshot, "SELECT "+snapshotColumns+" FROM snapshots WHERE name = ?", name)
	return snap, missing("snapshot", name, err)
}

// Snapshots returns all snapshots, oldest first.
func (s *Store) Snapshots(ctx context.Context) ([]model.Snapshot, error) {
	all, err := query(ctx, s.read, scanSnapshot, "SELECT "+snapshotColumns+" FROM snapshots")
	if err != nil {
		return nil, fmt.Errorf("list the snapshots: %w", err)
	}
	slices.SortFunc(all, func(a, b model.Snapshot) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// DeleteSnapshot removes a snapshot's row.
func (s *Store) DeleteSnapshot(ctx context.Context, id string) error {
	err := s.change(ctx, func(tx *sql.Tx) error { return deleteRow(ctx, tx, "DELETE FROM snapshots WHERE id = ?", id) })
	return missing("snapshot", id, err)
}
