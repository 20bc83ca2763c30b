package image

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"banger/internal/step"
)

const stagePrefix = ".build-"

var imageID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// newID makes an image's id: 32 hexadecimal digits.
func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Sweep removes what a crash has left of builds and deletions: folders without a record. It
// must not run beside a build.
func (s *Store) Sweep(ctx context.Context) error {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	images, err := s.records.Images(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, img := range images {
		known[img.ID] = true
	}
	var errs []error
	for _, e := range entries {
		id, staged := strings.CutPrefix(e.Name(), stagePrefix)
		if !imageID.MatchString(id) || !staged && known[id] {
			continue
		}
		errs = append(errs, s.sweep(ctx, e.Name(), id, staged))
	}
	return errors.Join(errs...)
}

// sweep removes one of them. The folder goes last: it is what the next Sweep finds when this one is cut off.
func (s *Store) sweep(ctx context.Context, name, id string, staged bool) error {
	dir := filepath.Join(s.dir, name)
	steps := []step.Step{{Name: "remove its folder", Do: func(context.Context) error { return removeFolder(dir) }}}
	if staged {
		steps = append([]step.Step{
			{Name: "end its builder", Do: func(ctx context.Context) error { return endBuilder(ctx, dir) }},
			{Name: "remove its scratch folder", Do: func(context.Context) error { return s.host.removeScratch(id) }},
		}, steps...)
	}
	if err := step.Run(ctx, steps...); err != nil {
		return fmt.Errorf("remove what is left of an image (%s): %w", name, err)
	}
	return nil
}

// removeFolder removes an image's folder with the files that images have. Other
// files are somebody else's and make it fail.
func removeFolder(dir string) error {
	temporary, err := filepath.Glob(filepath.Join(dir, "."+rootfsFile+".*.tmp")) // package disk's
	if err != nil {
		return err
	}
	files := append(temporary, filepath.Join(dir, builderFile), filepath.Join(dir, manifestFile), filepath.Join(dir, rootfsFile), dir)
	for _, path := range files {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
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
