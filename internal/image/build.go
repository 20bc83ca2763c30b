package image

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
	"banger/internal/step"
)

// maxTime bounds a build: hours are for mirrors that hang.
const maxTime = time.Hour

// Build makes an image and gives its record. Of several builds of the same image
// one works and the others wait for it, with its progress. A name that is there
// already is a problem.Taken. When ctx ends, or anything fails, nothing is left.
func (s *Store) Build(ctx context.Context, req Request, sink progress.Sink) (model.Image, error) {
	r, err := req.resolve()
	if err != nil {
		return model.Image{}, err
	}
	img, err := s.builds.Do(ctx, r.key(), sink, func(ctx context.Context, sink progress.Sink) (model.Image, error) {
		return s.build(ctx, r, sink)
	})
	if err != nil {
		return model.Image{}, fmt.Errorf("build image %q: %w", r.Name, err)
	}
	return img, nil
}

func (s *Store) build(ctx context.Context, r Request, sink progress.Sink) (img model.Image, err error) {
	tooLong := problem.New(problem.Timeout, "it has taken longer than %v", maxTime)
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, tooLong)
	defer cancel()
	if err := s.free(ctx, r.Name); err != nil {
		return img, err
	}
	if err := s.host.ready(ctx); err != nil {
		return img, err
	}
	src, err := s.host.debianSources(r.Suite)
	if err != nil {
		return img, err
	}
	id := newID()
	stage, dir := filepath.Join(s.dir, stagePrefix+id), filepath.Join(s.dir, id)
	m := Manifest{Format: 1, ID: id, Suite: r.Suite, Include: r.Include, Created: time.Now().UTC().Truncate(time.Second)}
	err = step.Run(ctx,
		step.Step{
			Name: "make a folder", Do: func(context.Context) error { return os.MkdirAll(stage, 0o700) },
			Undo: func(context.Context) error { return removeFolder(stage) }, Observe: step.Exists(stage),
		},
		step.Step{
			Name: "make the root file system",
			Do: func(ctx context.Context) error {
				return s.host.makeRootfs(ctx, id, r, src, filepath.Join(stage, rootfsFile), sink)
			},
			Undo: func(context.Context) error { return s.host.removeScratch(id) }, Observe: step.Exists(s.host.scratches(id)...),
		},
		step.Step{Name: "write down what it is", Do: func(ctx context.Context) (err error) {
			m, err = m.complete(ctx, stage, sink)
			return err
		}},
		step.Step{
			Name: "put it in its place", Do: func(context.Context) error { return s.place(stage, dir) },
			Undo: func(context.Context) error { return removeFolder(dir) }, Observe: step.Exists(dir),
		},
		step.Step{
			Name: "register it",
			Do: func(ctx context.Context) error {
				img = m.image(r.Name, dir)
				// Not to be cancelled: what is written and yet reported as failed would have to be taken back.
				return s.records.UpsertImage(context.WithoutCancel(ctx), img)
			},
			Undo: func(ctx context.Context) error { return s.forget(ctx, id) }, Observe: s.knows(id),
		},
	)
	return img, err
}

// free returns a problem.Taken when an image has the name.
func (s *Store) free(ctx context.Context, name string) error {
	images, err := s.records.Images(ctx)
	if err != nil {
		return err
	}
	for _, img := range images {
		if img.Name == name {
			return problem.New(problem.Taken, "an image of that name exists already").
				WithRemedy("choose another name, or delete it first: banger image delete %s", name)
		}
	}
	return nil
}

// complete fills in what is to be said of the file in dir, and writes it there.
func (m Manifest) complete(ctx context.Context, dir string, sink progress.Sink) (Manifest, error) {
	sink.Phase("take the checksum")
	path := filepath.Join(dir, rootfsFile)
	info, err := os.Stat(path)
	if err != nil {
		return m, err
	}
	m.Size = info.Size()
	if m.SHA256, err = checksum(ctx, path); err != nil {
		return m, err
	}
	return m, m.write(dir)
}

// place gives an image's folder its name.
func (s *Store) place(stage, dir string) error {
	if err := os.Rename(stage, dir); err != nil {
		return err
	}
	return syncPath(s.dir)
}

// image is the record of what the manifest is of.
func (m Manifest) image(name, dir string) model.Image {
	return model.Image{
		ID: m.ID, Name: name, Managed: true, ArtifactDir: dir, RootfsPath: filepath.Join(dir, rootfsFile),
		BuildSize: strconv.FormatInt(m.Size, 10), CreatedAt: m.Created, UpdatedAt: m.Created,
	}
}
