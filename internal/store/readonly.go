package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"banger/internal/problem"
)

// OpenReadOnly opens the database at path to look at it. No migration runs, and
// neither the file nor a side file changes; whatever would write is refused by the
// driver. It is for short looks by a process that does not write to the file: a file without a log, or with an empty one, is taken to have no writer
// until this handle is closed. The caller closes it.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	var s *Store
	err = settled(path, func() (err error) {
		if exists(path+"-wal") && !exists(path+"-shm") {
			s, err = openCopy(ctx, path)
		} else {
			s, err = openReadOnly(ctx, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the database %s to read: %w", path, explain(err))
	}
	return s, nil
}

func openReadOnly(ctx context.Context, path string) (*Store, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, problem.New(problem.Unavailable, "it is no file").WithRemedy("move it away")
	}
	var db *sql.DB
	err := settled(path, func() (err error) {
		db, err = connect(ctx, lookerDSN(path), readers)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Store{write: db, read: db}, nil
}

// settled repeats a look that failed while another process opened, wrote or closed
// the file: what it saw may never have been so.
func settled(path string, look func() error) error {
	const tries = 10
	for try := 1; ; try++ {
		before := glance(path)
		err := look()
		if err == nil || try == tries || glance(path) == before && !inRecovery(err) {
			return err
		}
	}
}

// glance is different when somebody has written in between.
func glance(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(lookerDSN(path), info.Size(), info.ModTime().UnixNano())
}

// inRecovery reports that another process has just begun to make the log's index.
func inRecovery(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code() == sqlite3.SQLITE_READONLY_RECOVERY
}

// CheckIntegrity lets SQLite go through every page of the file, which takes about 20 ms
// for ten thousand VMs. Damage is a problem.Damaged.
func (s *Store) CheckIntegrity(ctx context.Context) error {
	var finding string
	if err := s.read.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&finding); err != nil {
		return fmt.Errorf("check the database: %w", explain(err))
	}
	if finding != "ok" {
		return problem.New(problem.Damaged, "the file is damaged: %s", finding).WithRemedy(damageRemedy)
	}
	return nil
}
