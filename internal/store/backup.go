package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// backUp writes a copy of the database at path, log included. A copy of that name
// from an earlier try is replaced. The caller keeps others from writing.
func backUp(ctx context.Context, path, to string) error {
	temporary := to + ".tmp"
	if err := removeIfThere(temporary); err != nil {
		return err
	}
	if err := vacuumInto(ctx, path, temporary); err != nil {
		return errors.Join(err, removeIfThere(temporary))
	}
	if err := syncPath(temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, to); err != nil {
		return err
	}
	return syncPath(filepath.Dir(to))
}

// vacuumInto lets SQLite write the copy, which it does not do within a transaction:
// so it has a connection of its own.
func vacuumInto(ctx context.Context, path, to string) error {
	db, err := sql.Open("sqlite", dsn(path, nil, busyTimeout))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	return errors.Join(err, db.Close())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncPath makes a file, or the entries of a folder, survive a power cut.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
