package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// backUp writes a copy of the database, log included, beside the file, as it is
// before migration id. A copy of that name from an earlier try is replaced.
func backUp(ctx context.Context, db *sql.DB, path string, id int) error {
	name := fmt.Sprintf("%s.before-%d", path, id)
	temporary := name + ".tmp"
	if err := removeIfThere(temporary); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", temporary); err != nil {
		return errors.Join(err, removeIfThere(temporary))
	}
	if err := syncPath(temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, name); err != nil {
		return err
	}
	return syncPath(filepath.Dir(name))
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
