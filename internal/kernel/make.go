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
	"banger/internal/step"
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
) (Kernel, error) {
	stage, at := &stage{}, &placing{dir: filepath.Join(s.dir, name), replace: replace}
	var from origin
	var manifest Manifest
	err := step.Run(ctx,
		stage.making("make a folder", s.dir, name, "tree", filepath.Join("kernel", bootFolder)),
		step.Step{Name: "bring what it is made of", Do: func(ctx context.Context) (err error) {
			from, err = bring(ctx, filepath.Join(stage.dir, "tree"))
			return err
		}},
		step.Step{Name: "make its files", Do: func(ctx context.Context) (err error) {
			sink.Phase("unpack kernel " + name)
			at.made = filepath.Join(stage.dir, "kernel")
			manifest, err = assemble(ctx, from, filepath.Join(stage.dir, "tree"), at.made)
			return err
		}},
		step.Step{Name: "write down what it is", Do: func(ctx context.Context) error { return finish(ctx, at.made, manifest) }},
		step.Step{Name: "put it in its place", Do: at.settle, Undo: at.undo, Observe: at.there},
		step.Step{Name: "remove the folder", Do: func(context.Context) error {
			at.final = true
			return stage.remove()
		}},
	)
	if err != nil {
		return Kernel{}, full(err, s.dir)
	}
	return load(name, at.dir)
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
