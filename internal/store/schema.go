package store

import (
	"context"
	"database/sql"
)

// migration is one step from an older schema to a newer one. Once released it is
// never changed: what is new comes as a further one, at the end of the list.
type migration struct {
	id    int
	name  string
	apply func(context.Context, *sql.Tx) error
}

var migrations = []migration{
	{1, "baseline", statements(baseline)},
	{2, "drop_images_packages_path", statements("ALTER TABLE images DROP COLUMN packages_path")},
	{3, "snapshots", statements(snapshotsTable)},
}

func statements(text string) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, text)
		return err
	}
}

const baseline = `
CREATE TABLE images (
	id TEXT PRIMARY KEY NOT NULL,
	name TEXT NOT NULL UNIQUE,
	managed INTEGER NOT NULL DEFAULT 0,
	artifact_dir TEXT NOT NULL,
	rootfs_path TEXT NOT NULL,
	work_seed_path TEXT,
	kernel_path TEXT NOT NULL,
	initrd_path TEXT NOT NULL,
	modules_dir TEXT NOT NULL,
	packages_path TEXT,
	build_size TEXT NOT NULL,
	seeded_ssh_public_key_fingerprint TEXT,
	docker INTEGER NOT NULL DEFAULT 0,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL
);
CREATE TABLE vms (
	id TEXT PRIMARY KEY NOT NULL,
	name TEXT NOT NULL UNIQUE,
	image_id TEXT NOT NULL REFERENCES images (id),
	guest_ip TEXT NOT NULL,
	state TEXT NOT NULL,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	last_touched_at TEXT NOT NULL,
	spec_json TEXT NOT NULL,
	runtime_json TEXT NOT NULL,
	stats_json TEXT NOT NULL
);
CREATE INDEX vms_image_id ON vms (image_id);
`
