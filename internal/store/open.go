package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// readers is how many connections read at once.
const readers = 4

// Open opens the database at path for reading and writing, makes it when there is
// none (its folder must be there), and brings its tables up to date. The caller closes it.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	s, err := open(ctx, path, migrations)
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", path, explain(err))
	}
	return s, nil
}

func open(ctx context.Context, path string, list []migration) (*Store, error) {
	var s Store
	var err error
	if s.write, err = openWriter(ctx, path, list); err != nil {
		return nil, err
	}
	if err = migrate(ctx, s.write, path, list); err == nil {
		s.read, err = connect(ctx, readerDSN(path), readers)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &s, nil
}

// opening is held while a file is looked at and then opened to write. Within a process
// SQLite shares the log's index among all connections, as the first one opened it:
// a writer that came during another's look could not write.
var opening sync.Mutex

func openWriter(ctx context.Context, path string, list []migration) (*sql.DB, error) {
	opening.Lock()
	defer opening.Unlock()
	if err := settled(path, func() error { return examine(ctx, path, list) }); err != nil {
		return nil, err
	}
	return connectWriter(ctx, path)
}

// connectWriter waits for other processes as SQLite does, and also where it does not: when the file
// is to become one with a write-ahead log while another process writes to it (sqlite3BtreeSetVersion).
func connectWriter(ctx context.Context, path string) (*sql.DB, error) {
	const again = 10 * time.Millisecond // SQLite has no event to wait for, and asks anew itself
	deadline := time.After(patience)
	for {
		db, err := connect(ctx, writerDSN(path), 1)
		if !busy(err) {
			return db, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-deadline:
			return nil, err
		case <-time.After(again):
		}
	}
}

// examine looks at a file before anything may change it: it must be whole, and of
// this program, in this or an older version.
func examine(ctx context.Context, path string, list []migration) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if exists(path + "-journal") {
		return nil // SQLite was cut off when it made the file, and can only mend that by writing
	}
	s, err := openReadOnly(ctx, path)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.CheckIntegrity(ctx); err != nil {
		return err
	}
	found, err := inspect(ctx, s.read, list)
	if err != nil {
		return err
	}
	return found.refusal
}

// connect opens a pool of at most n connections and reads through it once, so that
// a file that cannot be read fails here.
func connect(ctx context.Context, dsn string, n int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
