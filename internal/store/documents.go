package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"banger/internal/problem"
)

// decode reads a text that holds a JSON object, or nothing.
func decode(text string, to any) error {
	if text == "" || text == "{}" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), to); err != nil {
		return problem.New(problem.Damaged, "its record is no JSON that fits: %w", err)
	}
	return nil
}

// documents are the JSON texts of a VM's row.
type documents struct{ spec, runtime, stats string }

const documentColumns = "COALESCE(spec_json, ''), COALESCE(runtime_json, ''), COALESCE(stats_json, '')"

func storedDocuments(ctx context.Context, tx *sql.Tx, id string) (documents, error) {
	d, err := queryOne(ctx, tx, scanDocuments, "SELECT "+documentColumns+" FROM vms WHERE id = ?", id)
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
