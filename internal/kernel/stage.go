package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"banger/internal/step"
)

// stage is a folder in the making. It is locked while its maker lives, so that
// what a crash has left can be told from work under way.
type stage struct {
	dir  string
	lock *os.File
}

const stageSuffix = ".tmp"

func isStage(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, stageSuffix)
}

// newStage makes a folder beside what it is to become, and removes what crashes left
// there. The parent is locked meanwhile: a stage is never seen before it is locked.
func newStage(parent, name string) (*stage, error) {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	guard, err := lockFolder(parent, 0)
	if err != nil {
		return nil, err
	}
	defer guard.Close()
	if err := sweep(parent); err != nil {
		return nil, fmt.Errorf("remove what was left of an earlier attempt: %w", err)
	}
	dir, err := os.MkdirTemp(parent, "."+name+".*"+stageSuffix)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(dir, unix.LOCK_NB)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &stage{dir, lock}, nil
}

// remove deletes the folder and what is in it. It can be called again, and when nothing was made.
func (s *stage) remove() error {
	if s.lock == nil {
		return nil
	}
	err := os.RemoveAll(s.dir)
	if closed := s.lock.Close(); !errors.Is(closed, fs.ErrClosed) {
		err = errors.Join(err, closed)
	}
	return err
}

// making is the step that makes the stage s, with folders in it.
func (s *stage) making(name, parent, of string, folders ...string) step.Step {
	return step.Step{
		Name: name,
		Do: func(context.Context) error {
			made, err := newStage(parent, of)
			if err != nil {
				return err
			}
			*s = *made
			for _, folder := range folders {
				if err := os.MkdirAll(filepath.Join(s.dir, folder), 0o700); err != nil {
					return err
				}
			}
			return nil
		},
		Undo: func(context.Context) error { return s.remove() },
		Observe: func(ctx context.Context) (bool, error) {
			if s.lock == nil {
				return false, nil
			}
			return step.Exists(s.dir)(ctx)
		},
	}
}

// sweep removes the stages in parent that nobody holds.
func sweep(parent string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !isStage(e.Name()) {
			continue
		}
		left := filepath.Join(parent, e.Name())
		lock, err := lockFolder(left, unix.LOCK_NB)
		if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, fs.ErrNotExist) {
			continue // at work, or just done
		}
		if err != nil {
			return err
		}
		if err := errors.Join(os.RemoveAll(left), lock.Close()); err != nil {
			return err
		}
	}
	return nil
}

func lockFolder(dir string, how int) (*os.File, error) {
	f, err := os.OpenFile(dir, unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|how); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return f, nil
}
