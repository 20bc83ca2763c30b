package snapshot

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"banger/internal/disk"
)

// stored is a template on the disk.
type stored struct {
	key  string
	size int64 // bytes on the disk
	used time.Time
}

// trim removes the least recently used templates until all together keep to the budget, but never the one of key.
func (ts *Templates) trim(ctx context.Context, key string) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	all := ts.stored()
	var total int64
	for _, t := range all {
		total += t.size
	}
	var errs []error
	for _, t := range all {
		if total <= ts.Budget || t.key == key {
			continue
		}
		ts.Log.InfoContext(ctx, "a template goes, to keep to the budget", slog.String("key", t.key))
		ts.unload(t.key)
		errs = append(errs, removeFolder(ts.path(t.key)))
		total -= t.size
	}
	return errors.Join(errs...)
}

// stored lists the templates, least recently used first.
func (ts *Templates) stored() []stored {
	var all []stored
	for _, name := range ts.names() {
		info, err := os.Stat(filepath.Join(ts.path(name), manifestFile))
		if !keyName.MatchString(name) || err != nil {
			continue
		}
		t := stored{key: name, used: info.ModTime()}
		for _, file := range files {
			size, _ := disk.Allocated(filepath.Join(ts.path(name), file))
			t.size += size
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b stored) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.key, b.key)) })
	return all
}

// Stored tells how many templates there are and what they take on the disk, in bytes.
func (ts *Templates) Stored() (count int, bytes int64) {
	all := ts.stored()
	for _, t := range all {
		bytes += t.size
	}
	return len(all), bytes
}
