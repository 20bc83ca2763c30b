package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// finish syncs the files of a kernel and writes its manifest, which makes it one.
func finish(ctx context.Context, made string, m Manifest) error {
	m.Files = map[string]File{}
	for _, file := range append([]string{vmlinuxFile, modulesFile}, bootFiles(m.Boot)...) {
		path := filepath.Join(made, file)
		sum, err := hashFile(ctx, path)
		if err != nil {
			return err
		}
		if err := syncPath(path); err != nil {
			return err
		}
		m.Files[file] = sum
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(made, manifestFile)
	if err := os.WriteFile(path, append(text, '\n'), 0o444); err != nil {
		return err
	}
	for _, p := range []string{path, filepath.Join(made, bootFolder), made} {
		if err := syncPath(p); err != nil {
			return err
		}
	}
	return nil
}

// syncPath writes a file or a folder through to the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
