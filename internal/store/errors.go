package store

import (
	"errors"
	"io/fs"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"banger/internal/problem"
)

// ErrNotFound says that no row matches.
var ErrNotFound = errors.New("not found")

const damageRemedy = "put a copy of the file in its place, such as one whose name ends in .before-N, or move it and its side files away and begin anew"

// explain gives an error of SQLite's a code and a remedy where the cause is known.
func explain(err error) error {
	if _, done := errors.AsType[*problem.Error](err); done {
		return err
	}
	if errors.Is(err, fs.ErrPermission) {
		return notAllowed(err)
	}
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch failure.Code() & 0xff { // the rest details it
	case sqlite3.SQLITE_NOTADB:
		return problem.New(problem.Damaged, "it is no database: %w", err).WithRemedy(damageRemedy)
	case sqlite3.SQLITE_PROTOCOL:
		return problem.New(problem.Damaged, "its log, whose name ends in -wal, cannot be read: %w", err).WithRemedy(damageRemedy)
	case sqlite3.SQLITE_CORRUPT:
		return problem.New(problem.Damaged, "the file is damaged: %w", err).WithRemedy(damageRemedy)
	case sqlite3.SQLITE_FULL:
		return problem.New(problem.Exhausted, "the disk is full: %w", err).WithRemedy("free some space there")
	case sqlite3.SQLITE_BUSY:
		return problem.New(problem.Timeout, "another program has held the database for five seconds: %w", err).
			WithRemedy("try again; if it stays so, look for a second bangerd or an sqlite3 shell")
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY:
		return notAllowed(err)
	}
	return err
}

// busy reports that another process has a lock.
func busy(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code()&0xff == sqlite3.SQLITE_BUSY
}

func notAllowed(err error) error {
	return problem.New(problem.Unavailable, "the file system does not allow it: %w", err).
		WithRemedy("check that the folder is there, and who owns it and its files")
}
