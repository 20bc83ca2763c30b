// Package store keeps the records of images and virtual machines: what the user
// wants, and what is durable about what came of it. It is one SQLite file.
//
//	s, err := store.Open(ctx, path)            // the daemon: migrates, reads and writes
//	s, err := store.OpenReadOnly(ctx, path)    // doctor: changes nothing, not even a side file
//
// # Connections
//
// One connection writes, with synchronous=FULL: a row that was promised survives a
// power cut, for a lost one is a leaked machine. A few read, with synchronous=NORMAL.
// The journal is a write-ahead log, so reading never waits for writing. All settings of a
// connection stand in its data source name, because the pool opens connections when it likes.
// Several processes may have the file open; a write waits up to five seconds for another's.
//
// Nothing else in a process that has the file open may open it, not even to read:
// closing that descriptor would drop SQLite's locks (fcntl(2), POSIX record locks).
// Nor may one process have it open to write and read-only: SQLite shares the log's
// index within a process, as the first one opened it.
//
// # Schema
//
// schema.go lists the migrations; each runs in a transaction together with its
// record in schema_migrations. Before the first one that an existing file needs, a copy of
// the file is made beside it: state.db.before-2 is how it was before migration 2.
// A file of a newer version, of another program, or with damage is refused before
// anything is written.
//
// Spec, Runtime and Stats are JSON. Fields that this version does not know survive
// its rewrites: they are taken over from the row within the transaction that writes it.
//
// # Errors
//
// errors.Is(err, ErrNotFound) tells that a row is not there. A taken name is a
// problem.Taken, an image in use a problem.Conflict, a damaged file a problem.Damaged.
package store
