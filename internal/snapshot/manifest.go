package snapshot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"banger/internal/disk"
	"banger/internal/problem"
	"banger/internal/shim"
)

const (
	manifestFile   = "manifest.json"
	manifestFormat = 1
	maxManifest    = 64 << 10 // bytes
)

// diskFiles are those of every folder, files those of one of a machine that ran, beside its manifest.
var (
	diskFiles = []string{shim.DiskFile("system"), shim.DiskFile("work")}
	files     = append([]string{shim.MemoryFile, shim.StateFile}, diskFiles...)
)

// manifest says what a template is and what its files hold.
type manifest struct {
	Format  int               `json:"format"`
	Shape   Shape             `json:"shape"`
	Sums    map[string]string `json:"sums"` // checksum of each file; see disk.Checksum
	Created time.Time         `json:"created_at"`
}

// describe makes the manifest of a folder's files, writes it there and syncs everything.
func describe(ctx context.Context, dir string, shape Shape, files []string) error {
	m := manifest{Format: manifestFormat, Shape: shape, Sums: map[string]string{}, Created: time.Now().UTC()}
	for _, name := range files {
		sum, err := sumOf(ctx, filepath.Join(dir, name), (*os.File).Sync)
		if err != nil {
			return err
		}
		m.Sums[name] = sum
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, manifestFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// sumOf gives a file's checksum after something has been done with it.
func sumOf(ctx context.Context, path string, first func(*os.File) error) (string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := first(f); err != nil {
		return "", err
	}
	return disk.Checksum(ctx, f)
}

// readManifest reads the manifest of a folder.
func readManifest(dir string) (m manifest, err error) {
	f, err := os.OpenFile(filepath.Join(dir, manifestFile), os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return m, err
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, maxManifest)).Decode(&m); err != nil {
		return m, problem.New(problem.Damaged, "its manifest is no JSON: %w", err)
	}
	if m.Format != manifestFormat {
		return m, problem.New(problem.Damaged, "its manifest has the format %d", m.Format)
	}
	return m, nil
}

// check compares the files of a folder with its manifest.
func (m manifest) check(ctx context.Context, dir string, files []string) error {
	for _, name := range files {
		sum, err := sumOf(ctx, filepath.Join(dir, name), func(*os.File) error { return nil })
		if err == nil && sum != m.Sums[name] {
			err = problem.New(problem.Damaged, "its content has changed")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
