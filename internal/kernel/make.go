package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"banger/internal/problem"
	"banger/internal/progress"
)

// origin is what a kernel is made from.
type origin struct {
	image   string // a bzImage or ELF file; beside it may lie config-RELEASE
	modules string // lib/modules/RELEASE, or a folder that holds it; empty: there are none

	source, version string // as in the Manifest
}

// create makes the named kernel in a stage and puts it into its place. bring gets an empty
// folder to unpack into, if it needs one.
func (s *Store) create(ctx context.Context, name string, replace bool, sink progress.Sink,
	bring func(ctx context.Context, tree string) (origin, error),
) (_ Kernel, err error) {
	defer func() { err = full(err, s.dir) }()
	stage, err := newStage(s.dir, name)
	if err != nil {
		return Kernel{}, err
	}
	defer stage.remove()
	tree, made := filepath.Join(stage.dir, "tree"), filepath.Join(stage.dir, "kernel")
	for _, dir := range []string{tree, filepath.Join(made, bootFolder)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return Kernel{}, err
		}
	}
	from, err := bring(ctx, tree)
	if err != nil {
		return Kernel{}, err
	}
	sink.Phase("unpack kernel " + name)
	manifest, err := assemble(ctx, from, tree, made)
	if err != nil {
		return Kernel{}, err
	}
	if err := finish(ctx, made, manifest); err != nil {
		return Kernel{}, err
	}
	dir := filepath.Join(s.dir, name)
	if err := settle(made, dir, replace); err != nil {
		return Kernel{}, err
	}
	return load(name, dir)
}

// assemble makes the files of a kernel in the folder made, out of from. The folder
// tree is for work.
func assemble(ctx context.Context, from origin, tree, made string) (Manifest, error) {
	m := Manifest{Source: from.source, Version: from.version, Created: time.Now().UTC().Truncate(time.Second)}
	image, err := openImage(ctx, from.image)
	if err != nil {
		return m, err
	}
	m.Release = image.release
	folder := filepath.Join(tree, "lib/modules", image.release)
	if err := bringModules(ctx, from.modules, tree, image.release); err != nil {
		return m, err
	}
	dir := os.DirFS(folder)
	mods, err := readModules(dir, image.release)
	if err != nil {
		return m, err
	}
	config, err := image.configuration(dir)
	if err != nil {
		return m, err
	}
	m.Options = optionsOf(image.elf, image.pvh, config, mods)
	if err := checkOptions(m.Options, mods); err != nil {
		return m, fmt.Errorf("kernel %s: %w", image.release, err)
	}
	if m.Boot, err = writeBootModules(dir, mods, m.Options, filepath.Join(made, bootFolder)); err != nil {
		return m, fmt.Errorf("kernel %s: %w", image.release, err)
	}
	if err := os.WriteFile(filepath.Join(made, vmlinuxFile), image.elf, 0o444); err != nil {
		return m, err
	}
	return m, writeModulesDisk(ctx, dir, image.release, filepath.Join(made, modulesFile))
}

// full turns the error of a full disk into a problem that says what to do.
func full(err error, dir string) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return problem.New(problem.Exhausted, "%w", err).
			WithRemedy("free some room on the disk that holds %s", dir)
	}
	return err
}

// taken is the refusal of a name that a kernel has already.
func taken(name string) error {
	return problem.New(problem.Taken, "a kernel is called %q already", name).
		WithRemedy("choose another name, or delete it with `banger kernel delete %s`", name)
}
