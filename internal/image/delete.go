package image

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"banger/internal/problem"
)

// Delete removes the image that ref means, record first and then its files. It is
// a problem.Conflict while VMs use it. Files that are not banger's are left alone.
func (s *Store) Delete(ctx context.Context, ref string) error {
	img, err := s.Get(ctx, ref)
	if err != nil {
		return err
	}
	vms, err := s.records.VMsUsingImage(ctx, img.ID)
	if err != nil {
		return err
	}
	if len(vms) > 0 {
		var users []string
		for _, vm := range vms {
			users = append(users, vm.Name)
		}
		return problem.New(problem.Conflict, "image %q is in use by %s", img.Name, strings.Join(users, ", ")).
			WithRemedy("delete them first: banger vm delete %s", strings.Join(users, " "))
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
