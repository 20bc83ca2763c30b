package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"banger/internal/problem"
)

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// query returns all rows, each read by scan.
func query[T any](ctx context.Context, db queryer, scan func(scanner) (T, error), text string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, explain(err)
		}
		all = append(all, one)
	}
	return all, explain(rows.Err())
}

// queryOne returns the one row there is, ErrNotFound when there is none.
func queryOne[T any](ctx context.Context, db queryer, scan func(scanner) (T, error), text string, args ...any) (T, error) {
	one, err := scan(db.QueryRowContext(ctx, text, args...))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return one, explain(err)
}

// missing makes ErrNotFound a problem that names what was looked for; other errors
// get the same name before them.
func missing(what, ref string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrNotFound) {
		return problem.New(problem.NotFound, "%s %.64q: %w", what, ref, err).
			WithRemedy("banger %s list shows what there is", what)
	}
	return fmt.Errorf("%s %.64q: %w", what, ref, err)
}

// damaged names the record that a column's Scan found fault with, in place of what
// package sql says about columns.
func damaged(what, name string, err error) error {
	if fault, ok := errors.AsType[*problem.Error](err); ok {
		return problem.New(problem.Damaged, "the record of %s %.64q is damaged: %w", what, name, fault).WithRemedy(damageRemedy)
	}
	return err
}

// formatTime writes a time as the columns have it: UTC, whole seconds.
func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// timeColumn reads one, in any zone. Empty text is the zero time.
type timeColumn struct{ to *time.Time }

// Scan implements sql.Scanner.
func (c timeColumn) Scan(value any) error {
	text := fmt.Sprint(value)
	if t, ok := value.(time.Time); ok { // by the driver, from a column declared as a time
		text = t.Format(time.RFC3339)
	}
	*c.to = time.Time{}
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return problem.New(problem.Damaged, "%.40q is no time as RFC 3339 has it", text)
	}
	*c.to = t.UTC()
	return nil
}
