package kernel

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"banger/internal/flight"
	"banger/internal/namegen"
	"banger/internal/problem"
)

// Store keeps kernels in a folder, each in a folder of its own name.
type Store struct {
	dir   string
	cache string // for what apt needs while a kernel is fetched
	root  string // of the host's file system, "/"
	pulls flight.Group[Kernel]
}

// Open gives the store in the folder dir. Neither dir nor cache, where apt's state
// lies during a pull, need exist.
func Open(dir, cache string) *Store { return &Store{dir: dir, cache: cache, root: "/"} }

// Get gives the named kernel after a look at its manifest and the sizes of its
// files. It is a problem.NotFound where there is none, a problem.Damaged where
// something is missing.
func (s *Store) Get(name string) (Kernel, error) {
	if err := namegen.ValidName(name); err != nil {
		return Kernel{}, err
	}
	dir := filepath.Join(s.dir, name)
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return Kernel{}, problem.New(problem.NotFound, "no kernel is called %q", name).
			WithRemedy("`banger kernel pull %s` fetches one, `banger kernel list` shows what there is", name)
	}
	return load(name, dir)
}

// Listed is a kernel of a listing, or why it is none. Kernel.Name is always there.
type Listed struct {
	Kernel
	Err error
}

// List gives every kernel, also the damaged ones, by name.
func (s *Store) List() ([]Listed, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Listed
	for _, e := range entries {
		if isStage(e.Name()) {
			continue
		}
		k, err := s.Get(e.Name())
		k.Name = e.Name()
		list = append(list, Listed{k, err})
	}
	return list, nil
}
