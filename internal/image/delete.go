package image

import (
	"context"
	"fmt"
	"path/filepath"
)

// Delete removes the image that ref means, record first and then its files. It is
// a problem.Conflict while VMs use it. Files that are not banger's are left alone.
func (s *Store) Delete(ctx context.Context, ref string) error {
	img, err := s.Get(ctx, ref)
	if err != nil {
		return err
	}
	if err := s.records.DeleteImage(ctx, img.ID); err != nil {
		return fmt.Errorf("delete image %q: %w", img.Name, err)
	}
	if !img.Managed || img.ArtifactDir != filepath.Join(s.dir, img.ID) {
		return nil
	}
	if err := removeFolder(img.ArtifactDir); err != nil {
		return fmt.Errorf("remove the files of image %q: %w", img.Name, err)
	}
	return nil
}
