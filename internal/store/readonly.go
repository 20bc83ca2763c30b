package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"banger/internal/problem"
)

// OpenReadOnly opens the database at path to look at it. No migration runs, and
// neither the file nor a side file changes; whatever would write is refused by the
// driver. A database without a log is taken to have no writer until this handle is closed, so it
// is for short looks. The caller closes it.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	s, err := openReadOnly(ctx, path)
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
	chosen := lookerDSN(path)
	db, err := connect(ctx, chosen, readers)
	if again := lookerDSN(path); err != nil && again != chosen {
		// The last writer has closed it, or a first one opened it, in between.
		db, err = connect(ctx, again, readers)
	}
	if err != nil {
		return nil, err
	}
	return &Store{write: db, read: db}, nil
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
