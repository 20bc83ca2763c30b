package store

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"time"
)

// writerDSN is that of the one connection that writes.
func writerDSN(path string) string {
	return dsn(path, url.Values{"_txlock": {"immediate"}}, walPragmas("FULL")...)
}

// readerDSN is that of the connections that read.
func readerDSN(path string) string {
	return dsn(path, nil, append(walPragmas("NORMAL"), "query_only(1)")...)
}

// walPragmas are what every connection needs; the busy timeout comes first, since
// the others may have to wait already.
func walPragmas(synchronous string) []string {
	return []string{
		busyTimeout,
		foreignKeys,
		"journal_mode(WAL)",
		"synchronous(" + synchronous + ")",
		"temp_store(MEMORY)",
		"wal_autocheckpoint(1000)",     // pages of 4 KiB
		"journal_size_limit(67108864)", // 64 MiB: the log is cut to it after a burst
	}
}

// patience is how long a write waits for another process's.
const patience = 5 * time.Second

const foreignKeys = "foreign_keys(1)"

var busyTimeout = fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds())

// lookerDSN is that of a connection which changes nothing. What it takes depends on
// the side files of the write-ahead log that are there (https://sqlite.org/wal.html, "Read-Only Databases"):
//
//   - none: the file is all there is. As "immutable" it can be read in a folder
//     that may not be written, and no side files are made in one that may.
//   - a log that is its header and no more, as a process leaves it that was killed at its first
//     write: the same. SQLite with "readonly_shm" would wait ten seconds for whoever it takes to be at work there.
//   - both: another process has the file open, or was killed. With "readonly_shm"
//     the index of the log (-shm) is used without being written; as a plain read-only connection
//     would write its marks there.
//   - a log alone, as in a copy: SQLite must make its index, in a folder that it may write (see openCopy).
//
// A rollback journal is left to SQLite, which refuses to read what it would have to mend.
func lookerDSN(path string) string {
	query := url.Values{"mode": {"ro"}}
	const header = 32 // bytes
	log, err := os.Lstat(path + "-wal")
	switch {
	case (err != nil || log.Size() == header) && !exists(path+"-journal"):
		query.Set("immutable", "1")
	case err == nil && exists(path+"-shm"):
		query.Set("readonly_shm", "1")
	}
	return dsn(path, query, busyTimeout, foreignKeys)
}

func dsn(path string, query url.Values, pragmas ...string) string {
	all := url.Values{"_pragma": pragmas}
	maps.Copy(all, query)
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + all.Encode()
}
