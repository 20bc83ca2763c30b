package kernel

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"banger/internal/aptsource"
	"banger/internal/namegen"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/step"
)

// cloudKernel is Debian's package that depends on its newest kernel for virtual machines.
const cloudKernel = "linux-image-cloud-amd64"

// sourceApt begins the Source of a kernel that was pulled.
const sourceApt = "apt:"

// Pull gives the named kernel; when there is none, or with force, it takes the newest
// kernel for virtual machines from the Debian archive that the host's apt knows. Nothing
// is installed and apt's own state is not touched. Of several pulls of one
// name one works, the others wait for it.
//
// On a host without such an archive it is a problem.Unavailable that says what to import instead.
func (s *Store) Pull(ctx context.Context, name string, force bool, sink progress.Sink) (Kernel, error) {
	if err := namegen.ValidName(name); err != nil {
		return Kernel{}, err
	}
	k, err := s.pulls.Do(ctx, name, sink, func(ctx context.Context, sink progress.Sink) (Kernel, error) {
		if k, err := s.Get(name); !force && problem.CodeOf(err) != problem.NotFound {
			return k, err
		}
		return s.pull(ctx, name, force, sink)
	})
	if err != nil {
		return k, fmt.Errorf("pull kernel %q: %w", name, err)
	}
	return k, nil
}

func (s *Store) pull(ctx context.Context, name string, force bool, sink progress.Sink) (Kernel, error) {
	dir := filepath.Join(s.dir, name)
	if _, err := os.Lstat(dir); err == nil { // force: it is to be replaced
		if err := onlyOurs(dir); err != nil {
			return Kernel{}, err
		}
	}
	sources, tools, err := s.archive(name)
	if err != nil {
		return Kernel{}, err
	}
	return s.create(ctx, name, force, sink, func(ctx context.Context, tree string) (o origin, err error) {
		err = s.withApt(ctx, name, tools, sources, func(ctx context.Context, apt aptState) error {
			deb, pkg, err := apt.fetch(ctx, cloudKernel, sink)
			if err != nil {
				return err
			}
			sink.Phase("unpack package " + pkg)
			o, err = openDeb(ctx, deb, tree)
			o.source = sourceApt + pkg
			return err
		})
		return o, err
	})
}

// archive gives what a kernel called name can be pulled from and with.
func (s *Store) archive(name string) ([]aptsource.Source, aptTools, error) {
	sources, err := aptsource.Debian(s.root)
	if err != nil {
		return nil, aptTools{}, err
	}
	tools, err := findApt()
	if err != nil || len(sources) == 0 {
		return nil, aptTools{}, s.noArchive(name)
	}
	return sources, tools, nil
}

// withApt calls do with an apt of its own, which is gone afterwards.
func (s *Store) withApt(ctx context.Context, name string, tools aptTools, sources []aptsource.Source, do func(context.Context, aptState) error) error {
	stage := &stage{}
	var apt aptState
	return step.Run(ctx,
		stage.making("make a folder for apt", filepath.Join(s.cache, "apt"), name),
		step.Step{Name: "set apt up", Do: func(context.Context) (err error) {
			apt, err = newAptState(tools, stage.dir, sources)
			return err
		}},
		step.Step{Name: "ask the archive", Do: func(ctx context.Context) error { return do(ctx, apt) }},
		step.Step{Name: "remove the folder for apt", Do: func(context.Context) error { return stage.remove() }},
	)
}

// noArchive tells what to do on a host that is not Debian.
func (s *Store) noArchive(name string) error {
	return problem.New(problem.Unavailable, "the apt sources of this host (%s) have no Debian archive to take a kernel from", s.system()).
		WithRemedy("give it a kernel: `banger kernel import %[1]s --from FILE.deb` with Debian's package linux-image-*-cloud-amd64, or the "+
			"host's own: `banger kernel import %[1]s --from /boot/vmlinuz-RELEASE --modules /lib/modules/RELEASE` (some hosts let only root read it: copy it first)", name)
}

// system is the host's name for itself (os-release(5)).
func (s *Store) system() string {
	text, err := readBounded(os.DirFS(s.root), "etc/os-release", maxIndex)
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
				return lastWords(strings.Trim(name, `"'`), nil)
			}
		}
	}
	return "an unknown system"
}
