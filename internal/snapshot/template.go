package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"banger/internal/machine"
	"banger/internal/problem"
	"banger/internal/shim"
	"banger/internal/vmm/memfd"
)

// Template is a guest to fork from.
type Template struct {
	// Key names it; it is a hash of its shape.
	Key    string
	dir    string
	memory *os.File
	prints map[string]print

	mu   sync.Mutex
	seen map[string]bool // random numbers that forks have shown
}

// Unlike reports whether a fork's random numbers are none that another fork of this template has shown. The latest thousands are
// kept in mind.
func (t *Template) Unlike(random []byte) bool {
	const most = 1 << 14
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen[string(random)] {
		return false
	}
	if t.seen == nil || len(t.seen) == most {
		t.seen = map[string]bool{}
	}
	t.seen[string(random)] = true
	return true
}

// Snapshot is what a fork's machine goes on from.
func (t *Template) Snapshot() *machine.Snapshot {
	return &machine.Snapshot{Dir: t.dir, Memory: t.memory}
}

// print tells a file that somebody has touched from one that nobody has.
type print struct {
	size    int64
	changed time.Time
}

// load checks a template's files and takes its memory into a sealed file. A folder that is not there is fs.ErrNotExist.
func load(ctx context.Context, dir string, shape Shape) (*Template, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	if m.Shape != shape {
		return nil, problem.New(problem.Damaged, "its manifest speaks of another shape")
	}
	t := &Template{Key: shape.key(), dir: dir}
	if t.prints, err = printsOf(dir); err != nil { // before the check: what changes in between is seen later
		return nil, err
	}
	if err := m.check(ctx, dir, files); err != nil {
		return nil, err
	}
	return t, t.loadMemory(ctx)
}

// loadMemory takes the memory into a sealed file.
func (t *Template) loadMemory(ctx context.Context) error {
	f, err := os.Open(filepath.Join(t.dir, shim.MemoryFile))
	if err != nil {
		return err
	}
	defer f.Close()
	t.memory, err = memfd.Copy(ctx, "template", f)
	return err
}

// untouched reports whether the files are as they were when they were loaded.
func (t *Template) untouched() error {
	now, err := printsOf(t.dir)
	if err != nil {
		return err
	}
	for name, was := range t.prints {
		if now[name] != was {
			return problem.New(problem.Damaged, "%s has changed since it was loaded", name)
		}
	}
	return nil
}

func printsOf(dir string) (map[string]print, error) {
	prints := map[string]print{}
	for _, name := range files {
		info, err := os.Lstat(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			err = problem.New(problem.Damaged, "%s is missing", name)
		}
		if err != nil {
			return nil, err
		}
		prints[name] = print{info.Size(), info.ModTime()}
	}
	return prints, nil
}

// close lets go of the memory. Forks that run keep theirs.
func (t *Template) close() { t.memory.Close() }

// Close lets go of what Named.Load has loaded; its folder stays.
func (t *Template) Close() {
	if t.memory != nil {
		t.close()
	}
}

// removeFolder removes a template's folder, or what there is of one, by its files' names.
func removeFolder(dir string) error {
	for _, name := range append(files[:len(files):len(files)], manifestFile, "") {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a template: %w", err)
		}
	}
	return nil
}
