package kernel

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"banger/internal/namegen"
	"banger/internal/problem"
	"banger/internal/progress"
)

// Import makes a kernel from a Debian package, from a folder (a package unpacked, or one with a
// kernel and lib/modules/RELEASE in it), or from a bzImage or ELF kernel. modules, which may be
// empty, names the folder of its modules where they lie elsewhere. Both paths are absolute.
//
// A name in use is a problem.Taken; what cannot boot a guest is a problem.Invalid
// that names the option it lacks.
func (s *Store) Import(ctx context.Context, name, from, modules string, sink progress.Sink) (Kernel, error) {
	if err := namegen.ValidName(name); err != nil {
		return Kernel{}, err
	}
	if _, err := os.Lstat(filepath.Join(s.dir, name)); err == nil {
		return Kernel{}, taken(name)
	}
	for _, path := range []string{from, modules} {
		if path != "" && !filepath.IsAbs(path) {
			return Kernel{}, problem.New(problem.Invalid, "%q is no absolute path", path)
		}
	}
	sink.Phase("read kernel " + name)
	k, err := s.create(ctx, name, false, sink, func(ctx context.Context, tree string) (origin, error) {
		o, err := open(ctx, from, tree)
		if o.source = from; modules != "" {
			o.modules = modules
		}
		return o, err
	})
	if err != nil {
		return k, fmt.Errorf("import kernel %q from %s: %w", name, from, err)
	}
	return k, nil
}

// open finds out what from is, and unpacks it into tree if it is a package.
func open(ctx context.Context, from, tree string) (origin, error) {
	info, err := os.Stat(from)
	switch {
	case err != nil:
		return origin{}, problem.New(problem.Invalid, "it cannot be read: %w", err)
	case info.IsDir():
		image, err := findImage(from)
		return origin{image: image, modules: from}, err
	case !info.Mode().IsRegular():
		return origin{}, problem.New(problem.Invalid, "it is neither a file nor a folder")
	}
	deb, err := isDeb(from)
	if err != nil || !deb {
		return origin{image: from}, err
	}
	return openDeb(ctx, from, tree)
}

func openDeb(ctx context.Context, deb, tree string) (origin, error) {
	fields, err := unpackDeb(ctx, deb, tree)
	if err != nil {
		return origin{}, err
	}
	image, err := findImage(tree)
	return origin{image: image, modules: tree, version: fields.version}, err
}

// isDeb looks for the mark of an ar archive, which a package is (deb(5)).
func isDeb(file string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, problem.New(problem.Invalid, "it cannot be read: %w", err)
	}
	defer f.Close()
	var head [8]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && string(head[:]) == "!<arch>\n", nil
}
