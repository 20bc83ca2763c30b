package kernel

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"banger/internal/problem"
	"banger/internal/step"
)

// Delete removes the named kernel, damaged or not. Machines that run it are not
// disturbed. A folder with files that are not banger's is left as it is.
func (s *Store) Delete(name string) error {
	_, err := s.Get(name)
	if code := problem.CodeOf(err); err != nil && code != problem.Damaged {
		return err
	}
	dir := filepath.Join(s.dir, name)
	if err := onlyOurs(dir); err != nil {
		return err
	}
	if err := s.delete(name, dir); err != nil {
		return fmt.Errorf("delete kernel %q: %w", name, err)
	}
	return nil
}

// delete sets a kernel aside before it removes it: it is whole or not there. Once its files go there is no way back, and what is left of
// them goes with the next stage that is made.
func (s *Store) delete(name, dir string) error {
	stage, final := &stage{}, false
	aside := func() string { return filepath.Join(stage.dir, "deleted") }
	there := func(ctx context.Context) (bool, error) {
		if final || stage.lock == nil {
			return false, nil
		}
		return step.Exists(aside())(ctx)
	}
	return step.Run(context.Background(),
		stage.making("make a folder to delete it in", s.dir, name),
		step.Step{
			Name: "set it aside", Do: func(context.Context) error { return os.Rename(dir, aside()) },
			Undo: func(ctx context.Context) error {
				if set, err := there(ctx); !set || err != nil {
					return err
				}
				return os.Rename(aside(), dir)
			},
			Observe: there,
		},
		step.Step{Name: "remove it", Do: func(context.Context) error {
			final = true
			return stage.remove()
		}},
	)
}

// onlyOurs returns an error when there is a file in dir that no kernel has.
func onlyOurs(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch name {
		case ".", bootFolder, manifestFile, vmlinuxFile, modulesFile:
			return nil
		}
		if filepath.Dir(name) == bootFolder && filepath.Ext(name) == ".ko" {
			return nil
		}
		return problem.New(problem.Conflict, "%s is no file of banger's", path).
			WithRemedy("move it elsewhere and try again")
	})
}
