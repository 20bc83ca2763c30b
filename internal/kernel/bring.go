package kernel

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"banger/internal/problem"
)

// bringModules puts the modules of a release into tree/lib/modules/RELEASE, with
// their indexes. Without a folder of modules it stays empty.
func bringModules(ctx context.Context, from, tree, release string) error {
	folder := filepath.Join(tree, "lib/modules", release)
	if from == "" {
		return os.MkdirAll(folder, 0o700)
	}
	if from != tree {
		if err := copyModules(ctx, from, tree, release); err != nil {
			return err
		}
	}
	if _, err := os.Stat(folder); err != nil {
		return problem.New(problem.Invalid, "there are no modules for its release %s", release)
	}
	return depmod(ctx, tree, release)
}

// copyModules copies the modules that lie in, or are, the folder from.
func copyModules(ctx context.Context, from, tree, release string) error {
	source, err := os.OpenRoot(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenRoot(tree)
	if err != nil {
		return err
	}
	defer target.Close()
	inside := "."
	if filepath.Base(from) != release {
		if inside, err = modulesIn(source.FS(), release); err != nil {
			return err
		}
	}
	return copyFiles(ctx, source.FS(), inside, target, path.Join("lib/modules", release))
}

// modulesIn finds the folder of a release's modules in a folder such as a package's.
func modulesIn(dir fs.FS, release string) (string, error) {
	for _, parent := range []string{"lib/modules", "usr/lib/modules", "."} {
		inside := path.Join(parent, release)
		if info, err := fs.Stat(dir, inside); err == nil && info.IsDir() {
			return inside, nil
		}
	}
	return "", problem.New(problem.Invalid, "there are no modules for its release %s", release).
		WithRemedy("name the folder of its modules with --modules, such as /lib/modules/%s", release)
}

// copyFiles copies the regular files of a folder into root. Links, such as the one to the
// kernel's sources, are left out.
func copyFiles(ctx context.Context, dir fs.FS, inside string, root *os.Root, to string) error {
	room, files := int64(maxTree), 0
	return fs.WalkDir(dir, inside, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files++
		if room -= info.Size(); room < 0 || files > maxModules {
			return errTooMuch
		}
		f, err := dir.Open(name)
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(inside, name)
		if err != nil {
			return errors.Join(err, f.Close())
		}
		return errors.Join(place(root, path.Join(to, rest), contextReader{ctx, f}), f.Close())
	})
}
