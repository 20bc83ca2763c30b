package kernel

import (
	"context"
	"path/filepath"
	"testing"

	"banger/internal/problem"
	"banger/internal/step/steptest"
)

// do makes the kernel "mine" of a folder of files, or replaces it.
func (s *Store) do(ctx context.Context, dir string, replace bool) error {
	_, err := s.create(ctx, "mine", replace, nil, func(context.Context, string) (origin, error) {
		image, err := findImage(dir)
		return origin{image: image, modules: dir, source: dir}, err
	})
	return err
}

func (s *Store) undo() error {
	err := s.Delete("mine")
	if problem.CodeOf(err) == problem.NotFound {
		return nil
	}
	return err
}

// whole checks that the kernel "mine" is there, whole, and nothing else.
func (s *Store) whole(t *testing.T) {
	t.Helper()
	k, err := s.Get("mine")
	must(t, err)
	checkGood(t, k)
	nothingLeft(t, s.dir, "mine")
}

func TestFaults(t *testing.T) {
	dir := writeTree(t, t.TempDir(), goodFiles())
	for name, c := range map[string]struct {
		before  bool // there is one
		replace bool
		do      func(t *testing.T, s *Store) error
		failed  func(t *testing.T, s *Store)
		done    func(t *testing.T, s *Store)
	}{
		"make": {
			do:     func(t *testing.T, s *Store) error { return s.do(t.Context(), dir, false) },
			failed: func(t *testing.T, s *Store) { nothingLeft(t, s.dir) }, done: func(t *testing.T, s *Store) { s.whole(t) },
		},
		"replace": {
			before: true, do: func(t *testing.T, s *Store) error { return s.do(t.Context(), dir, true) },
			failed: func(t *testing.T, s *Store) { s.whole(t) }, done: func(t *testing.T, s *Store) { s.whole(t) },
		},
		"delete": {
			before: true, do: func(_ *testing.T, s *Store) error { return s.undo() },
			failed: func(t *testing.T, s *Store) {
				if _, err := s.Get("mine"); err != nil {
					nothingLeft(t, s.dir)
				} else {
					s.whole(t)
				}
			},
			done: func(t *testing.T, s *Store) { nothingLeft(t, s.dir) },
		},
		"apt": {
			do: func(t *testing.T, s *Store) error {
				return s.withApt(t.Context(), "mine", aptTools{}, nil, func(context.Context, aptState) error { return nil })
			},
			failed: func(t *testing.T, s *Store) { nothingLeft(t, filepath.Join(s.cache, "apt")) },
			done:   func(t *testing.T, s *Store) { nothingLeft(t, filepath.Join(s.cache, "apt")) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			steptest.Fail(t, func(t *testing.T) steptest.Case {
				s := newStore(t)
				if c.before {
					must(t, s.do(t.Context(), dir, false))
				}
				return steptest.Case{
					Do: func() error { return c.do(t, s) }, Failed: func() { c.failed(t, s) }, Done: func() { c.done(t, s) },
				}
			})
		})
	}
}

// A daemon that is killed leaves kernels that are whole, and what else it leaves the next one removes when it makes or deletes one.
func TestKilled(t *testing.T) {
	at := func(dir string) *Store { return Open(filepath.Join(dir, "kernels"), filepath.Join(dir, "cache")) }
	steptest.Kill(t, func(t *testing.T, dir string) {
		s, from := at(dir), writeTree(t, t.TempDir(), goodFiles())
		must(t, s.do(t.Context(), from, false))
		must(t, s.do(t.Context(), from, true))
		must(t, s.undo())
	}, func(t *testing.T, dir string) {
		s := at(dir)
		list, err := s.List()
		must(t, err)
		for _, k := range list {
			if k.Err != nil {
				t.Errorf("kernel %s: %v", k.Name, k.Err)
			}
		}
		must(t, s.do(t.Context(), writeTree(t, t.TempDir(), goodFiles()), true))
		s.whole(t)
		must(t, s.undo())
		nothingLeft(t, s.dir)
	})
}
