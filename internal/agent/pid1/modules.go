package pid1

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// modulesDir is the initramfs's folder of modules, named in the order in which they are loaded.
const modulesDir = "/modules"

// loadModules loads what the initramfs brought along. All are tried: a guest with a
// network module missing can still say so.
func loadModules() error {
	entries, err := os.ReadDir(modulesDir) // sorted by name
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, e := range entries {
		errs = append(errs, loadModule(filepath.Join(modulesDir, e.Name())))
	}
	return errors.Join(errs...)
}

func loadModule(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && err != unix.EEXIST {
		return fmt.Errorf("load %s: %w", path, err)
	}
	return nil
}
