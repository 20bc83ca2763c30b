package image

import (
	"context"
	"strings"

	"banger/internal/flight"
	"banger/internal/model"
	"banger/internal/problem"
)

// Records is where images are written down; package store has the contract.
type Records interface {
	// Images gives every image, oldest first.
	Images(ctx context.Context) ([]model.Image, error)
	// UpsertImage refuses a name that another image has with a problem.Taken.
	UpsertImage(ctx context.Context, img model.Image) error
	// DeleteImage refuses an image that VMs use with a problem.Conflict.
	DeleteImage(ctx context.Context, id string) error
}

// Store keeps images: their files in a folder, their records elsewhere.
type Store struct {
	dir     string
	records Records
	builds  flight.Group[model.Image]
	host    host
}

// Open gives the store with its files in dir, an absolute path that need not exist.
func Open(dir string, records Records) *Store {
	return &Store{dir: dir, records: records, host: thisHost()}
}

// List gives every image, oldest first.
func (s *Store) List(ctx context.Context) ([]model.Image, error) {
	return s.records.Images(ctx)
}

// Get finds an image by its name, its id or the beginning of an id that no other image's id has. It
// is a problem.NotFound where there is none, a problem.Ambiguous where there are more.
func (s *Store) Get(ctx context.Context, ref string) (model.Image, error) {
	images, err := s.records.Images(ctx)
	if err != nil {
		return model.Image{}, err
	}
	var found []model.Image
	for _, img := range images {
		switch {
		case img.Name == ref || img.ID == ref:
			return img, nil
		case ref != "" && strings.HasPrefix(img.ID, ref):
			found = append(found, img)
		}
	}
	switch len(found) {
	case 0:
		return model.Image{}, problem.New(problem.NotFound, "no image is called %.100q", ref).
			WithRemedy("banger image list shows what there is")
	case 1:
		return found[0], nil
	}
	return model.Image{}, problem.New(problem.Ambiguous, "%q can mean the images %s", ref, names(found))
}

func names(images []model.Image) string {
	var list []string
	for _, img := range images {
		list = append(list, img.Name)
	}
	return strings.Join(list, ", ")
}
