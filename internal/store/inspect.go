package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"banger/internal/problem"
)

// SchemaState is how a database's tables stand to this program. Its number is the
// exit status of bangerd --check-migrations.
type SchemaState int

// The states.
const (
	Compatible       SchemaState = 0 // they are as this program wants them
	MigrationsNeeded SchemaState = 1 // of an older version; Open brings them up to date
	Incompatible     SchemaState = 2 // of a newer version or another program, or not readable; Open refuses
)

// CheckMigrations tells how the database at path stands to this program, without
// changing anything. A file that is not there yet needs migrations. With Incompatible comes the reason.
func CheckMigrations(ctx context.Context, path string) (SchemaState, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return MigrationsNeeded, nil
	}
	s, err := OpenReadOnly(ctx, path)
	if err != nil {
		return Incompatible, err
	}
	defer s.Close()
	found, err := inspect(ctx, s.read, migrations)
	if err == nil {
		err = found.refusal
	}
	if err != nil {
		return Incompatible, fmt.Errorf("check the database %s: %w", path, explain(err))
	}
	return found.state(), nil
}

// InspectSchemaState tells how the tables stand to this program. An error says that
// they could not be looked at.
func (s *Store) InspectSchemaState(ctx context.Context) (SchemaState, error) {
	found, err := inspect(ctx, s.read, migrations)
	if err != nil {
		return Incompatible, fmt.Errorf("look at the database's tables: %w", explain(err))
	}
	return found.state(), nil
}

// schema is what a look at the tables found.
type schema struct {
	applied int         // how many migrations the file has
	pending []migration // those it lacks
	refusal error       // why it must not be written, nil when it may
}

func (s schema) state() SchemaState {
	switch {
	case s.refusal != nil:
		return Incompatible
	case len(s.pending) > 0:
		return MigrationsNeeded
	}
	return Compatible
}

// queryer is a *sql.DB or a *sql.Tx.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// inspect compares what the file records with list, of which it must have the
// first migration and others under the same names only. What it lacks can be made up for,
// also when a later one is there: no migration builds on another but the first.
func inspect(ctx context.Context, db queryer, list []migration) (schema, error) {
	fresh, ours, err := recognize(ctx, db)
	if err != nil || fresh {
		return schema{pending: list}, err
	}
	if !ours {
		return schema{refusal: foreign("it has tables, but no record of banger's migrations")}, nil
	}
	rows, err := query(ctx, db, scanPair, "SELECT CAST(id AS TEXT), CAST(name AS TEXT) FROM schema_migrations ORDER BY id")
	if err != nil {
		return schema{}, err
	}
	recorded := map[string]bool{}
	for _, row := range rows {
		if refusal := compare(row, list); refusal != nil {
			return schema{refusal: refusal}, nil
		}
		recorded[row.id] = true
	}
	found := schema{applied: len(rows)}
	for _, m := range list {
		if !recorded[strconv.Itoa(m.id)] {
			found.pending = append(found.pending, m)
		}
	}
	if len(rows) > 0 && !recorded[strconv.Itoa(list[0].id)] {
		found.refusal = foreign("it does not record the first of banger's migrations")
	}
	return found, nil
}

// recognize tells whether the file is empty, and if not, whether it has the table
// of migrations with its columns.
func recognize(ctx context.Context, db queryer) (fresh, ours bool, err error) {
	var tables, columns int
	err = db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM sqlite_schema),
		(SELECT count(*) FROM pragma_table_info('schema_migrations') WHERE name IN ('id', 'name', 'applied_at'))`).
		Scan(&tables, &columns)
	return tables == 0, columns == 3, err
}

type pair struct{ id, name string }

func scanPair(row scanner) (p pair, err error) {
	err = row.Scan(&p.id, &p.name)
	return p, err
}

// compare judges a record of the file.
func compare(row pair, list []migration) error {
	if i := slices.IndexFunc(list, func(m migration) bool { return strconv.Itoa(m.id) == row.id }); i >= 0 {
		if row.name != list[i].name {
			return foreign(fmt.Sprintf("its migration %s is called %.50q, and banger's %q", row.id, row.name, list[i].name))
		}
		return nil
	}
	if id, err := strconv.Atoi(row.id); err == nil && id > list[len(list)-1].id {
		return problem.New(problem.Conflict, "the database is newer than this program: it has migration %d, %.50q", id, row.name).
			WithRemedy("use the banger that wrote it, or a newer one")
	}
	return foreign(fmt.Sprintf("it records a migration %.20q where banger has another one", row.id))
}

func foreign(why string) error {
	return problem.New(problem.Conflict, "this is another program's database: %s", why).
		WithRemedy("move it away, or set BANGER_STATE_DIR to a folder of banger's own")
}
