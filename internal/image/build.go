package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"banger/internal/model"
	"banger/internal/problem"
	"banger/internal/progress"
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
	stage := filepath.Join(s.dir, stagePrefix+id)
	if err := os.MkdirAll(stage, 0o700); err != nil {
		return img, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeFolder(stage))
		}
	}()
	if err := s.host.makeRootfs(ctx, id, r, src, filepath.Join(stage, rootfsFile), sink); err != nil {
		return img, err
	}
	m := Manifest{Format: 1, ID: id, Suite: r.Suite, Include: r.Include, Created: time.Now().UTC().Truncate(time.Second)}
	if m, err = m.complete(ctx, stage, sink); err != nil {
		return img, err
	}
	return s.register(ctx, r.Name, m, stage)
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

// register gives the image its place and, last of all, its record.
func (s *Store) register(ctx context.Context, name string, m Manifest, stage string) (model.Image, error) {
	dir := filepath.Join(s.dir, m.ID)
	img := model.Image{
		ID: m.ID, Name: name, Managed: true, ArtifactDir: dir, RootfsPath: filepath.Join(dir, rootfsFile),
		BuildSize: strconv.FormatInt(m.Size, 10), CreatedAt: m.Created, UpdatedAt: m.Created,
	}
	if err := os.Rename(stage, dir); err != nil {
		return img, err
	}
	if err := syncPath(s.dir); err != nil {
		return img, errors.Join(err, removeFolder(dir))
	}
	// Not to be cancelled: what is written and yet reported as failed would be a record without files.
	if err := s.records.UpsertImage(context.WithoutCancel(ctx), img); err != nil {
		return img, errors.Join(err, removeFolder(dir))
	}
	return img, nil
}
