package steptest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"banger/internal/step"
)

// pipeline makes two files.
func pipeline(t *testing.T, dir string) error {
	make := func(name string) step.Step {
		path := filepath.Join(dir, name)
		return step.Step{
			Name: "make " + name, Observe: step.Exists(path),
			Do: func(context.Context) error { return os.WriteFile(path, nil, 0o600) },
			Undo: func(context.Context) error {
				if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
					return err
				}
				return nil
			},
		}
	}
	return step.Run(t.Context(), make("a"), make("b"))
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "?"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		names = append(names, filepath.Base(path))
	}
	return names
}

func TestFail(t *testing.T) {
	failed, done := 0, 0
	Fail(t, func(t *testing.T) Case {
		dir := t.TempDir()
		holds := func(count *int, want ...string) func() {
			return func() {
				*count++
				if got := files(t, dir); !slices.Equal(got, want) {
					t.Errorf("%q are there, want %q", got, want)
				}
			}
		}
		return Case{Do: func() error { return pipeline(t, dir) }, Failed: holds(&failed), Done: holds(&done, "a", "b")}
	})
	if failed != 4 || done != 5 {
		t.Errorf("it failed %d times and succeeded %d times, want 4 and 5", failed, done)
	}
}

func TestKill(t *testing.T) {
	var left []string
	Kill(t, func(t *testing.T, dir string) {
		if err := pipeline(t, dir); err != nil {
			t.Error(err)
		}
	}, func(t *testing.T, dir string) {
		left = append(left, strings.Join(files(t, dir), "+"))
	})
	if want := []string{"", "a", "a", "a+b"}; os.Getenv(folderVariable) == "" && !slices.Equal(left, want) {
		t.Errorf("it left %q, want %q", left, want)
	}
}

func TestWhatWasNotUndoneIsSeen(t *testing.T) {
	stays := step.Step{Name: "a", Undo: func(context.Context) error { return nil }, Observe: func(context.Context) (bool, error) { return true, nil }}
	fails := step.Step{Name: "a", Undo: func(context.Context) error { return errors.New("no") }}
	for _, s := range []step.Step{stays, fails} {
		if err := step.Run(t.Context(), s, step.Step{Name: "b", Do: func(context.Context) error { return errFault }}); !told(err) {
			t.Errorf("not seen: %v", err)
		}
	}
}
