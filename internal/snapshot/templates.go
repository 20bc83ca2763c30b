package snapshot

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"banger/internal/flight"
	"banger/internal/machine"
)

// Options is what Templates work with.
type Options struct {
	Dir    string        // folder of the templates, made when needed
	Budget int64         // bytes that all of them together may take on the disk; 0 means that there are none
	Host   string        // see the function Host
	Makers *machine.Host // where guests boot that become templates; nobody else's machines are there
	UID    uint32        // user of their engines, 0 for banger's own
	Log    *slog.Logger
}

// Templates is all the templates of one daemon.
type Templates struct {
	Options
	making flight.Group[struct{}]

	mu     sync.Mutex
	loaded map[string]*Template // by key
}

// New gives the templates of a folder. Sweep must be called before anything else.
func New(o Options) *Templates { return &Templates{Options: o, loaded: map[string]*Template{}} }

// Enabled reports whether templates are wanted at all.
func (ts *Templates) Enabled() bool { return ts.Budget > 0 }

// Close lets go of what Find has loaded. Forks run on.
func (ts *Templates) Close() {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, t := range ts.loaded {
		t.close()
	}
	clear(ts.loaded)
}

// Find gives the template of a shape, whose Host it fills in, or nil when there is no whole one. A damaged one
// is put aside. The template's memory stays open until Close, or until the template is removed.
func (ts *Templates) Find(ctx context.Context, shape Shape) (*Template, error) {
	if !ts.Enabled() {
		return nil, nil
	}
	shape.Host = ts.Host
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, err := ts.find(ctx, shape)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		ts.putAside(ctx, shape.key(), err)
		return nil, nil
	}
	now := time.Now()
	if err := os.Chtimes(filepath.Join(t.dir, manifestFile), now, now); err != nil {
		ts.Log.WarnContext(ctx, "note that a template was used", slog.String("key", t.Key), slog.Any("error", err))
	}
	return t, nil
}

func (ts *Templates) find(ctx context.Context, shape Shape) (*Template, error) {
	key := shape.key()
	if t := ts.loaded[key]; t != nil {
		return t, t.untouched()
	}
	t, err := load(ctx, ts.path(key), shape)
	if err == nil {
		ts.loaded[key] = t
	}
	return t, err
}

func (ts *Templates) path(key string) string { return filepath.Join(ts.Dir, key) }

// damagedSuffix is what is added to the name of a template that was put aside. There is one of each at most.
const damagedSuffix = ".damaged"

// PutAside makes sure that a template from which a guest could not go on is not used again.
func (ts *Templates) PutAside(ctx context.Context, t *Template, why error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.loaded[t.Key] == t { // else somebody was quicker
		ts.putAside(ctx, t.Key, why)
	}
}

// putAside is PutAside with ts.mu held. That it cannot be done, on a file system that is read-only, say, is no
// reason not to boot.
func (ts *Templates) putAside(ctx context.Context, key string, why error) {
	ts.Log.WarnContext(ctx, "a template is damaged and was put aside", slog.String("key", key), slog.Any("error", why))
	ts.unload(key)
	aside := ts.path(key) + damagedSuffix
	err := removeFolder(aside)
	if err == nil {
		err = os.Rename(ts.path(key), aside)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Log.ErrorContext(ctx, "put a damaged template aside", slog.Any("error", err))
	}
}

func (ts *Templates) unload(key string) {
	if t := ts.loaded[key]; t != nil {
		t.close()
		delete(ts.loaded, key)
	}
}

var (
	keyName   = regexp.MustCompile(`^[0-9a-f]{32}$`)
	asideName = regexp.MustCompile(`^[0-9a-f]{32}\` + damagedSuffix + `$`)
	stageName = regexp.MustCompile(`^\.new-[0-9a-f]{32}$`)
)

// Sweep removes what a crash has left of the making of templates, what was put aside, and what Retain removes.
func (ts *Templates) Sweep(ctx context.Context, wanted func(Shape) bool) error {
	errs := []error{ts.endMakers(ctx)}
	for _, name := range ts.names() {
		if stageName.MatchString(name) || asideName.MatchString(name) {
			errs = append(errs, removeFolder(ts.path(name)))
		}
	}
	return errors.Join(append(errs, ts.Retain(wanted))...)
}

// Retain removes templates that no fork can come of any more: those of other hosts and programs, and those whose shape is not
// wanted, because its image or kernel is gone.
func (ts *Templates) Retain(wanted func(Shape) bool) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var errs []error
	for _, name := range ts.names() {
		if !keyName.MatchString(name) {
			continue
		}
		m, err := readManifest(ts.path(name))
		if ts.Enabled() && err == nil && m.Shape.Host == ts.Host && wanted(m.Shape) {
			continue
		}
		ts.unload(name)
		errs = append(errs, removeFolder(ts.path(name)))
	}
	return errors.Join(errs...)
}

// Clear removes every template, also those that were put aside. Forks that run keep their memory.
func (ts *Templates) Clear() error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var errs []error
	for _, name := range ts.names() {
		if keyName.MatchString(name) || asideName.MatchString(name) {
			ts.unload(name)
			errs = append(errs, removeFolder(ts.path(name)))
		}
	}
	return errors.Join(errs...)
}

// names lists what is in the folder; nothing when it cannot be read, which whoever writes to it will meet.
func (ts *Templates) names() []string {
	entries, _ := os.ReadDir(ts.Dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
