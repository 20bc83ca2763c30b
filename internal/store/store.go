package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
)

// Store is an open database. It may be used from any number of goroutines.
type Store struct {
	write *sql.DB // has one connection
	read  *sql.DB
	copy  string // folder of the copy that is looked at, empty when it is the file itself
}

// Close closes the database. As the last one to close it, the writer moves the
// write-ahead log into the file and removes it.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.copy != "" {
		errs = append(errs, os.RemoveAll(s.copy))
	}
	return errors.Join(errs...)
}

// change runs fn in a transaction of the writer. Others wait for their turn, which ctx can end.
func (s *Store) change(ctx context.Context, fn func(*sql.Tx) error) error {
	return transaction(ctx, s.write, fn)
}

func transaction(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := fn(tx); err != nil {
		tx.Rollback() // fails only when it has been rolled back already
		return explain(err)
	}
	return explain(tx.Commit())
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
