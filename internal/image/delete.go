package image

import (
	"context"
	"fmt"
	"path/filepath"

	"banger/internal/model"
	"banger/internal/step"
)

// Delete removes the image that ref means, record first and then its files. It is
// a problem.Conflict while VMs use it. Files that are not banger's are left alone. When it fails the image is still listed, damaged as it may be, so
// that it can be tried again.
func (s *Store) Delete(ctx context.Context, ref string) error {
	img, err := s.Get(ctx, ref)
	if err != nil {
		return err
	}
	knows := s.knows(img.ID)
	err = step.Run(ctx,
		step.Step{
			Name: "forget it", Do: func(ctx context.Context) error { return s.records.DeleteImage(ctx, img.ID) },
			Undo: func(ctx context.Context) error { return s.records.UpsertImage(ctx, img) },
			Observe: func(ctx context.Context) (bool, error) {
				known, err := knows(ctx)
				return !known, err
			},
		},
		step.Step{Name: "remove its files", Do: func(context.Context) error { return s.removeFiles(img) }},
	)
	if err != nil {
		return fmt.Errorf("delete image %q: %w", img.Name, err)
	}
	return nil
}

// removeFiles removes an image's folder, if it is banger's.
func (s *Store) removeFiles(img model.Image) error {
	if !img.Managed || img.ArtifactDir != filepath.Join(s.dir, img.ID) {
		return nil
	}
	return removeFolder(img.ArtifactDir)
}

// knows is the Observe of an image's record.
func (s *Store) knows(id string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		images, err := s.records.Images(ctx)
		for _, img := range images {
			if img.ID == id {
				return true, err
			}
		}
		return false, err
	}
}

// forget removes an image's record, if there is one.
func (s *Store) forget(ctx context.Context, id string) error {
	if known, err := s.knows(id)(ctx); !known || err != nil {
		return err
	}
	return s.records.DeleteImage(ctx, id)
}
