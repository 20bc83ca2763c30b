package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"banger/internal/model"
)

// TouchVM notes that a VM was used at a time; an earlier one changes nothing. Nothing else of the row changes.
func (s *Store) TouchVM(ctx context.Context, id string, at time.Time) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		last, err := queryOne(ctx, tx, scanTime, "SELECT last_touched_at FROM vms WHERE id = ?", id)
		if err != nil {
			return err
		}
		if !at.Truncate(time.Second).After(last) {
			return nil
		}
		_, err = tx.ExecContext(ctx, "UPDATE vms SET last_touched_at = ? WHERE id = ?", formatTime(at), id)
		return err
	})
	return missing("vm", id, err)
}

func scanTime(row scanner) (at time.Time, err error) {
	err = row.Scan(timeColumn{&at})
	return at, err
}

// Load is how much VMs ask of a host.
type Load struct {
	VMs       int   // rows
	MemoryMiB int64 // of those that run or are about to, together
}

// VMLoad adds up every VM but one, whose id may be empty. A record that cannot be read counts as a VM without memory.
func (s *Store) VMLoad(ctx context.Context, but string) (load Load, err error) {
	const live = `state IN (?, ?, ?, ?) AND json_valid(spec_json)`
	err = s.read.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN `+live+` THEN spec_json ->> 'memory_mib' END), 0)
		FROM vms WHERE id <> ?`, model.StateStarting, model.StateRunning, model.StatePaused, model.StateStopping, but).
		Scan(&load.VMs, &load.MemoryMiB)
	if err != nil {
		return load, fmt.Errorf("add up the VMs: %w", explain(err))
	}
	return load, nil
}
