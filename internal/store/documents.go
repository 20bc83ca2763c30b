package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"banger/internal/problem"
)

// jsonColumn reads a column that holds a JSON object, or nothing.
type jsonColumn struct{ to any }

// Scan implements sql.Scanner.
func (c jsonColumn) Scan(value any) error {
	text := fmt.Sprint(value)
	if text == "" || value == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(text), c.to); err != nil {
		return problem.New(problem.Damaged, "its record is no JSON that fits: %w", err)
	}
	return nil
}

// documents are the JSON texts of a VM's row.
type documents struct{ spec, runtime, stats string }

func storedDocuments(ctx context.Context, tx *sql.Tx, id string) (documents, error) {
	d, err := queryOne(ctx, tx, scanDocuments, "SELECT spec_json, runtime_json, COALESCE(stats_json, '') FROM vms WHERE id = ?", id)
	if errors.Is(err, ErrNotFound) {
		return documents{}, nil
	}
	return d, err
}

func scanDocuments(row scanner) (d documents, err error) {
	err = row.Scan(&d.spec, &d.runtime, &d.stats)
	return d, err
}

// merge is v as JSON, with those fields of the stored object that v's type does not
// know: a newer version wrote them and will want them back.
func merge(stored string, v any) (string, error) {
	fresh, err := json.Marshal(v)
	if err != nil || stored == "" {
		return string(fresh), err
	}
	var old, next map[string]json.RawMessage
	if err := json.Unmarshal([]byte(stored), &old); err != nil {
		return "", problem.New(problem.Damaged, "the stored record is no JSON object: %w", err)
	}
	if err := json.Unmarshal(fresh, &next); err != nil {
		return "", err
	}
	known := fieldNames(reflect.TypeOf(v))
	for name, value := range old {
		if !known[name] {
			next[name] = value
		}
	}
	merged, err := json.Marshal(next)
	return string(merged), err
}

// fieldNames are the JSON names of a struct's fields.
func fieldNames(t reflect.Type) map[string]bool {
	names := map[string]bool{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}
