package snapshot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// Finding is a template on the disk, as somebody finds it who changes nothing.
type Finding struct {
	Path  string
	Shape Shape
	Err   error // why no fork can come of it
}

var errAside = errors.New("no guest could go on from it")

// Look lists the templates of a folder, those that were put aside included, and reads all of them.
func Look(ctx context.Context, dir string) []Finding {
	entries, _ := os.ReadDir(dir) // there need be none
	var found []Finding
	for _, e := range entries {
		aside := asideName.MatchString(e.Name())
		if !aside && !keyName.MatchString(e.Name()) {
			continue
		}
		f := Finding{Path: filepath.Join(dir, e.Name())}
		m, err := readManifest(f.Path)
		if err == nil {
			err = m.check(ctx, f.Path, files)
		}
		f.Shape, f.Err = m.Shape, err
		if aside && err == nil {
			f.Err = errAside
		}
		found = append(found, f)
	}
	return found
}
