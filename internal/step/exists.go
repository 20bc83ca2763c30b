package step

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// Exists is an Observe for files: whether there is anything at one of the paths.
func Exists(paths ...string) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) {
		for _, path := range paths {
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				return err == nil, err
			}
		}
		return false, nil
	}
}
