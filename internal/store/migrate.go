package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// migrate brings the file up to date, one transaction for each migration that it lacks.
func migrate(ctx context.Context, db *sql.DB, path string, list []migration) error {
	if err := checkList(list); err != nil {
		return err
	}
	found, err := inspect(ctx, db, list)
	if err == nil {
		err = found.refusal
	}
	if err != nil || len(found.pending) == 0 {
		return err
	}
	for i, m := range found.pending {
		copyTo := ""
		if i == 0 && found.applied > 0 {
			copyTo = fmt.Sprintf("%s.before-%d", path, m.id)
		}
		err := transaction(ctx, db, func(tx *sql.Tx) error { return applyOne(ctx, tx, m, path, copyTo) })
		if err != nil {
			return fmt.Errorf("migration %d, %s: %w", m.id, m.name, err)
		}
	}
	return nil
}

// checkList refuses a list of migrations whose ids do not ascend.
func checkList(list []migration) error {
	for i := 1; i < len(list); i++ {
		if list[i].id <= list[i-1].id {
			return fmt.Errorf("migration %d, %s, has the id of an earlier one or a lower id", list[i].id, list[i].name)
		}
	}
	return nil
}

// applyOne runs a migration and records it, unless another process was quicker. The
// copy, if one is wanted, is made here too, since no other process can write meanwhile.
func applyOne(ctx context.Context, tx *sql.Tx, m migration, path, copyTo string) error {
	_, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations (
		id INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)`)
	if err != nil {
		return err
	}
	var done bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM schema_migrations WHERE id = ?)", m.id).Scan(&done); err != nil || done {
		return err
	}
	if copyTo != "" {
		if err := backUp(ctx, path, copyTo); err != nil {
			return fmt.Errorf("copy the database to %s: %w", copyTo, explain(err))
		}
	}
	if err := m.apply(ctx, tx); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO schema_migrations (id, name, applied_at) VALUES (?, ?, ?)",
		m.id, m.name, formatTime(time.Now()))
	return err
}
